import { randomUUID } from 'node:crypto';
import { describeOnEachDatabase } from '#support/each-database';
import { AN_ADMIN, openManagement, type ManagementHarness } from '#support/management';
import { NO_USER_VALUES } from './entities/user-record.js';
import type { TokenMirror } from './user-role-sync.service.js';

describeOnEachDatabase('the stored role of a user', (freshDatabase) => {
  let harness: ManagementHarness;

  beforeAll(async () => {
    harness = await openManagement(await freshDatabase());
  });
  afterAll(async () => {
    await harness.close();
  });

  const makeUser = async (role: 'proxy_admin' | null = null): Promise<string> => {
    const userId: string = randomUUID();
    await harness.database.write((unit) =>
      harness.users.create(unit, userId, { ...NO_USER_VALUES, role }, AN_ADMIN),
    );
    return userId;
  };
  const mirror = (userId: string, token: Omit<TokenMirror, 'userId'>): Promise<boolean> =>
    harness.database.write((unit) => harness.roles.mirror(unit, { userId, ...token }));
  const stateOf = async (userId: string) => {
    const user = await harness.users.find(userId);
    return [user?.role, user?.roleSource, user?.syncedIssuedAt];
  };

  it('follows tokens, at once for decisions and in the audit trail', async () => {
    const userId = await makeUser();
    expect(await stateOf(userId)).toEqual([null, 'admin', null]);
    expect(await mirror(userId, { issuedAt: 100.5, role: 'proxy_admin' })).toBe(true);
    expect(await stateOf(userId)).toEqual(['proxy_admin', 'sync', 100.5]);
    const entry = (await harness.entriesOf(userId)).at(-1);
    expect(entry).toMatchObject({ action: 'updated', actor_kind: 'provisioning' });
  });

  it('is given back by no older token, nor by one without a time of issue (threat A08)', async () => {
    const userId = await makeUser();
    await mirror(userId, { issuedAt: 100, role: 'proxy_admin' });
    await mirror(userId, { issuedAt: 200, role: null });
    for (const issuedAt of [100, 199.9, null]) {
      expect(await mirror(userId, { issuedAt, role: 'proxy_admin' })).toBe(false);
    }
    expect(await stateOf(userId)).toEqual([null, 'sync', 200]);
  });

  it('is that of the newest of many tokens that come at once', async () => {
    const userId = await makeUser();
    const turns = Array.from({ length: 30 }, (_, turn) => turn);
    await Promise.all(
      turns.map((turn) =>
        mirror(userId, { issuedAt: turn, role: turn === 29 ? 'internal_user' : 'proxy_admin' }),
      ),
    );
    expect(await stateOf(userId)).toEqual(['internal_user', 'sync', 29]);
  });

  it('stays an administrator’s where a token brings none, and becomes one when it is set by hand', async () => {
    const userId = await makeUser('proxy_admin');
    expect(await mirror(userId, { issuedAt: 1 })).toBe(true);
    expect(await stateOf(userId)).toEqual(['proxy_admin', 'admin', 1]);
    await mirror(userId, { issuedAt: 2, role: 'internal_user' });
    await harness.database.write((unit) =>
      harness.users.update(unit, userId, { role: 'proxy_admin' }, AN_ADMIN),
    );
    expect(await stateOf(userId)).toEqual(['proxy_admin', 'admin', 2]);
  });

  it('notes the newest token without an entry in the audit trail when it changes nothing', async () => {
    const userId = await makeUser('proxy_admin');
    const before = (await harness.entriesOf(userId)).length;
    expect(await mirror(userId, { issuedAt: 300 })).toBe(true);
    expect(await stateOf(userId)).toEqual(['proxy_admin', 'admin', 300]);
    expect(await harness.entriesOf(userId)).toHaveLength(before);
    expect(await mirror(userId, { issuedAt: 299, role: 'internal_user' })).toBe(false);
  });

  it('of a deleted user is not stored', async () => {
    expect(await mirror(randomUUID(), { issuedAt: 1, role: 'proxy_admin' })).toBe(false);
  });
});
