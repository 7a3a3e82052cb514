import { randomUUID } from 'node:crypto';
import { describeOnEachDatabase } from '#support/each-database';
import { AN_ADMIN, openManagement, type ManagementHarness } from '#support/management';
import type { UnitOfWork } from '#libs/database';
import type { TokenUser } from './user-provisioning.service.js';
import { NO_USER_VALUES, type UserChanges, type UserValues } from './entities/user-record.js';
import type { UserEntity } from './entities/user.entity.js';
import type { TokenIdentity } from './users.service.js';

const ISSUER = 'https://issuer.example';
const ALICE: TokenIdentity = { issuer: ISSUER, subject: 'alice' };

describeOnEachDatabase('UsersService', (freshDatabase) => {
  let harness: ManagementHarness;

  beforeAll(async () => {
    harness = await openManagement(await freshDatabase());
  });
  afterAll(async () => {
    await harness.close();
  });

  const write = <T>(work: (unit: UnitOfWork) => Promise<T>): Promise<T> =>
    harness.database.write(work);
  const makeUser = (
    values: Partial<UserValues> = {},
    userId: string = randomUUID(),
  ): Promise<UserEntity> =>
    write((unit) => harness.users.create(unit, userId, { ...NO_USER_VALUES, ...values }, AN_ADMIN));
  const change = (userId: string, changes: UserChanges): Promise<UserEntity> =>
    write((unit) => harness.users.update(unit, userId, changes, AN_ADMIN));
  const provision = (
    userId: string,
    token: Partial<TokenUser> & { issuer: string | null },
  ): Promise<void> =>
    write((unit) =>
      harness.users.ensureFromToken(unit, {
        userId,
        email: null,
        isEmailVerified: false,
        subject: 'alice',
        ...token,
      }),
    );
  const link = (
    userId: string,
    foundBy: 'id' | 'email',
    identity: TokenIdentity = ALICE,
  ): Promise<void> =>
    write((unit) => harness.users.bindIdentity(unit, { userId, foundBy, ...identity }));
  const anEmail = (): string => `${randomUUID()}@Acme.example`;

  describe('accounts that tokens bring', () => {
    const ensure = (userId: string, issuer: string | null = ISSUER): Promise<void> =>
      provision(userId, { issuer });

    it('are one row of 50 first calls at once, with one audit entry', async () => {
      const userId: string = randomUUID();
      expect(await harness.users.find(userId)).toBeNull();
      await Promise.all(Array.from({ length: 50 }, () => ensure(userId)));
      expect(await harness.users.find(userId)).toEqual({
        userId,
        email: null,
        limits: {},
        role: null,
        roleSource: 'admin',
        syncedIssuedAt: null,
        models: [],
        blocked: false,
        boundIssuer: ISSUER,
        boundSubject: 'alice',
      });
      expect(await harness.entriesOf(userId)).toEqual([
        expect.objectContaining({
          action: 'created',
          actor_kind: 'provisioning',
          actor_user_id: userId,
          actor_issuer: ISSUER,
          actor_subject: 'alice',
        }),
      ]);
    });

    it('belong to one of two issuers that name the same account at once', async () => {
      const userId: string = randomUUID();
      const outcomes = await Promise.allSettled([
        ensure(userId, 'https://a.example'),
        ensure(userId, 'https://b.example'),
      ]);
      const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
      expect(refused).toEqual([
        { status: 'rejected', reason: expect.objectContaining({ code: 'identity_conflict' }) },
      ]);
    });

    it('are bound to the first issuer that uses what an administrator made, and audited as linked', async () => {
      const { userId } = await makeUser();
      expect(await harness.users.find(userId)).toMatchObject({ boundIssuer: null });
      await link(userId, 'id');
      expect(await harness.users.find(userId)).toMatchObject({
        boundIssuer: ISSUER,
        boundSubject: 'alice',
      });
      await link(userId, 'id');
      await expect(
        link(userId, 'id', { ...ALICE, subject: 'alice-elsewhere' }),
      ).rejects.toMatchObject({ code: 'identity_conflict' });
      await expect(ensure(userId, 'https://other.example')).rejects.toMatchObject({
        code: 'identity_conflict',
      });
      await expect(ensure(userId, null)).rejects.toMatchObject({ code: 'identity_conflict' });
      const actions = (await harness.entriesOf(userId)).map((entry) => entry['action']);
      expect(actions).toEqual(['created', 'linked']);
    });

    it('are bound to another identity, and unbound, by administrators, audited as linked and updated', async () => {
      const userId: string = randomUUID();
      await ensure(userId);
      const other = { issuer: 'https://other.example', subject: 'alice-2' };
      await expect(ensure(userId, other.issuer)).rejects.toMatchObject({
        code: 'identity_conflict',
      });
      await change(userId, { boundIssuer: other.issuer, boundSubject: other.subject });
      expect(await harness.users.find(userId)).toMatchObject({
        boundIssuer: other.issuer,
        boundSubject: other.subject,
      });
      await provision(userId, other);
      await expect(ensure(userId)).rejects.toMatchObject({ code: 'identity_conflict' });
      await change(userId, { boundIssuer: null, boundSubject: null });
      await link(userId, 'id');
      expect(await harness.users.find(userId)).toMatchObject({ boundIssuer: ISSUER });
      const entries = await harness.entriesOf(userId);
      expect(entries.map(({ action, actor_kind: kind }) => [action, kind])).toEqual([
        ['created', 'provisioning'],
        ['linked', 'jwt'],
        ['updated', 'jwt'],
        ['linked', 'provisioning'],
      ]);
    });

    it('are bound to the next subject where an administrator named the issuer alone', async () => {
      const userId: string = randomUUID();
      await ensure(userId);
      await change(userId, { boundIssuer: ISSUER, boundSubject: null });
      await provision(userId, { issuer: ISSUER, subject: 'alice-2' });
      expect(await harness.users.find(userId)).toMatchObject({ boundSubject: 'alice-2' });
      for (const subject of ['alice', null]) {
        await expect(provision(userId, { issuer: ISSUER, subject })).rejects.toMatchObject({
          code: 'identity_conflict',
        });
      }
    });

    it.each(['made by the tokens', 'made by an administrator'])(
      'belong to one of two subjects that come first at once, where they are %s',
      async (origin) => {
        const userId: string = randomUUID();
        if (origin === 'made by an administrator') await makeUser({}, userId);
        const subjects = ['alice', 'mallory'];
        const outcomes = await Promise.allSettled(
          subjects.map((subject) => provision(userId, { issuer: ISSUER, subject })),
        );
        const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
        expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([
          { status: 'rejected', reason: expect.objectContaining({ code: 'identity_conflict' }) },
        ]);
        expect(await harness.users.find(userId)).toMatchObject({ boundSubject: subjects[winner] });
      },
    );

    it('belong to one of two subjects whose verified address leads to them at once', async () => {
      const { userId } = await makeUser();
      const outcomes = await Promise.allSettled([
        link(userId, 'email', ALICE),
        link(userId, 'email', { ...ALICE, subject: 'mallory' }),
      ]);
      const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
      expect(refused).toEqual([
        { status: 'rejected', reason: expect.objectContaining({ code: 'identity_conflict' }) },
      ]);
      const actions = (await harness.entriesOf(userId)).map((entry) => entry['action']);
      expect(actions).toEqual(['created', 'linked']);
    });

    it('leave out an email address that cannot be stored', async () => {
      const userId: string = randomUUID();
      await provision(userId, { email: 'a\0@x.example', isEmailVerified: true, issuer: ISSUER });
      expect(await harness.users.find(userId)).toMatchObject({ email: null });
    });
  });

  describe('email addresses', () => {
    it('find their user in upper and lower case', async () => {
      const email = anEmail();
      const { userId } = await makeUser({ email });
      expect(await harness.users.findByEmail(email.toUpperCase(), ALICE)).toMatchObject({
        userId,
        email,
      });
      expect(await harness.users.findByEmail(anEmail(), ALICE)).toBeNull();
    });

    it('do not identify an account whose token merely asserted them', async () => {
      const email = anEmail();
      const userId: string = randomUUID();
      await provision(userId, { email, issuer: null, subject: null });
      expect(await harness.users.find(userId)).toMatchObject({ email, boundIssuer: null });
      expect(await harness.users.findByEmail(email, ALICE)).toBeNull();
      expect(await write((unit) => harness.users.listByEmail(unit, email))).toEqual([]);
      await change(userId, { alias: 'A' });
      expect(await harness.users.findByEmail(email, ALICE)).toBeNull();
      await change(userId, { email });
      expect(await harness.users.findByEmail(email, ALICE)).toMatchObject({ userId });
      expect(await write((unit) => harness.users.listByEmail(unit, email))).toHaveLength(1);
    });

    it('lead an identity to its own account and to no other identity’s', async () => {
      const email = anEmail();
      const userId: string = randomUUID();
      await provision(userId, { ...ALICE, email, isEmailVerified: true });
      expect(await harness.users.findByEmail(email, ALICE)).toMatchObject({ userId });
      for (const other of [
        { ...ALICE, subject: 'mallory' },
        { ...ALICE, issuer: 'https://other.example' },
      ]) {
        expect(await harness.users.findByEmail(email, other)).toBeNull();
      }
    });

    it('find no user when several users have them', async () => {
      const email = anEmail();
      for (const identity of [ALICE, { issuer: null, subject: null }]) {
        await provision(randomUUID(), { ...identity, email, isEmailVerified: true });
      }
      expect(await harness.users.findByEmail(email, ALICE)).toBeNull();
    });

    it('are refused when another user has them, on making and on changing', async () => {
      const email = anEmail();
      const { userId } = await makeUser({ email });
      const other = await makeUser();
      const refusal = { code: 'already_exists', param: 'user_email' };
      await expect(makeUser({ email: email.toLowerCase() })).rejects.toMatchObject(refusal);
      await expect(change(other.userId, { email })).rejects.toMatchObject(refusal);
      expect(await change(userId, { email: email.toLowerCase() })).toMatchObject({
        email: email.toLowerCase(),
      });
    });

    it('go to one of 20 users that are made with them at once', async () => {
      const email = anEmail();
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, () => makeUser({ email })),
      );
      expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
      expect(await harness.users.findByEmail(email, ALICE)).not.toBeNull();
    });
  });

  it('changes what is given, clears with null, and shows it at once', async () => {
    const { userId } = await makeUser({ alias: 'A', role: 'proxy_admin', models: ['m'] });
    await harness.users.find(userId);
    await change(userId, { role: null, models: [] });
    expect(await harness.users.find(userId)).toMatchObject({ role: null, models: [] });
    const [row] = await harness.users.listByIds([userId]);
    expect(row).toMatchObject({ alias: 'A' });
    await change(userId, { blocked: true });
    expect(await harness.users.find(userId)).toMatchObject({ blocked: true });
    const actions = (await harness.entriesOf(userId)).map((entry) => entry['action']);
    expect(actions).toEqual(['created', 'updated', 'blocked']);
  });

  it('refuses an id that is taken and an id that does not exist', async () => {
    const { userId } = await makeUser();
    await expect(makeUser({}, userId)).rejects.toMatchObject({
      code: 'already_exists',
      param: 'user_id',
    });
    await expect(change(randomUUID(), { alias: 'x' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(
      write((unit) => harness.users.lock(unit, [userId, randomUUID()])),
    ).rejects.toMatchObject({ code: 'not_found' });
  });
});
