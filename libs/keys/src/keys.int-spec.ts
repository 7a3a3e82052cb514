import { randomUUID } from 'node:crypto';
import { describeOnEachDatabase } from '#support/each-database';
import { AN_ADMIN, openManagement, type ManagementHarness } from '#support/management';
import type { KeyValues } from './entities/key-record.js';
import { keyIdOf, newKeyText } from './entities/key-text.js';
import type { VirtualKeyEntity } from './entities/virtual-key.entity.js';

const NOTHING: KeyValues = {
  alias: null,
  userId: null,
  teamId: null,
  organizationId: null,
  models: [],
  allowedRoutes: [],
  metadata: {},
  limits: {},
  blocked: false,
  expiresAt: null,
};

/** An account that no issuer has claimed. */
const aTokenUser = (userId: string) =>
  ({ userId, email: null, isEmailVerified: false, issuer: null, subject: null }) as const;

describeOnEachDatabase('virtual keys', (freshDatabase) => {
  let harness: ManagementHarness;

  beforeAll(async () => {
    harness = await openManagement(await freshDatabase());
  });
  afterEach(async () => {
    expect(await harness.audit.verify()).toMatchObject({ isIntact: true });
  });
  afterAll(async () => {
    await harness.close();
  });

  const make = (keyText: string, values: Partial<KeyValues> = {}): Promise<VirtualKeyEntity> =>
    harness.database.write((unit) =>
      harness.keys.create(unit, keyText, { ...NOTHING, ...values }, AN_ADMIN),
    );
  const change = (keyId: string, changes: Partial<KeyValues>): Promise<VirtualKeyEntity> =>
    harness.database.write((unit) => harness.keys.update(unit, keyId, changes, AN_ADMIN));
  const newUser = async (): Promise<string> => {
    const userId = randomUUID();
    await harness.database.write((unit) => harness.users.ensureFromToken(unit, aTokenUser(userId)));
    return userId;
  };
  const newTeam = async (): Promise<string> => {
    const teamId = randomUUID();
    await harness.database.write((unit) => harness.teams.ensureFromToken(unit, teamId));
    return teamId;
  };

  it('are kept by their SHA-256 alone, everywhere', async () => {
    const keyText = newKeyText();
    const { keyId } = await make(keyText, { metadata: { purpose: 'ci' } });
    expect(keyId).toBe(keyIdOf(keyText));
    const tables = ['virtual_keys', 'audit_entries'];
    for (const table of tables) {
      const rows = await harness.database.read((manager) =>
        manager.query<object[]>(`SELECT * FROM ${table}`),
      );
      expect(rows).not.toHaveLength(0);
      expect(JSON.stringify(rows)).not.toContain(keyText);
    }
  });

  it('are found with what decisions need', async () => {
    const [userId, teamId, keyText] = [await newUser(), await newTeam(), newKeyText()];
    const expiresAt = new Date('2031-01-01T00:00:00.000Z');
    const said = { alias: randomUUID(), models: ['mini'], allowedRoutes: ['/key/info'] };
    const { keyId } = await make(keyText, { ...said, userId, teamId, expiresAt });
    expect(await harness.keys.find(keyId)).toEqual({
      grant: { keyId, ...said, tags: [] },
      userId,
      teamId,
      organizationId: null,
      blocked: false,
      limits: {},
      expiresAtMs: expiresAt.getTime(),
    });
    expect(await harness.keys.find(keyIdOf('sk-unknown'))).toBeNull();
  });

  it('are unknown until they are made, and known from then on', async () => {
    const keyText = newKeyText();
    expect(await harness.keys.find(keyIdOf(keyText))).toBeNull();
    await make(keyText);
    expect(await harness.keys.find(keyIdOf(keyText))).not.toBeNull();
  });

  it('are blocked and unblocked for every later read, and the audit trail records it', async () => {
    const { keyId } = await make(newKeyText());
    expect((await harness.keys.find(keyId))?.blocked).toBe(false);
    await change(keyId, { blocked: true });
    expect((await harness.keys.find(keyId))?.blocked).toBe(true);
    await change(keyId, { blocked: false });
    expect((await harness.keys.find(keyId))?.blocked).toBe(false);
    const entries = await harness.entriesOf(keyId);
    expect(entries.map((entry) => entry['action'])).toEqual(['created', 'blocked', 'unblocked']);
    expect(entries[1]).toMatchObject({ after_value: { id: keyId, blocked: true } });
  });

  it('are not made twice, nor under the alias of another', async () => {
    const [keyText, alias] = [newKeyText(), randomUUID()];
    const { keyId } = await make(keyText, { alias });
    await expect(make(keyText)).rejects.toMatchObject({ code: 'already_exists', param: 'key' });
    const taken = { code: 'already_exists', param: 'key_alias' };
    await expect(make(newKeyText(), { alias })).rejects.toMatchObject(taken);
    const other = await make(newKeyText());
    await expect(change(other.keyId, { alias })).rejects.toMatchObject(taken);
    expect((await harness.keys.find(keyId))?.grant.alias).toBe(alias);
  });

  it('are made for known owners alone, and the refusal quotes no row', async () => {
    const unknown = { userId: 'user_id', teamId: 'team_id', organizationId: 'organization_id' };
    for (const [member, param] of Object.entries(unknown)) {
      const refusal: unknown = await make(newKeyText(), { [member]: 'unknown' }).catch(
        (error: unknown) => error,
      );
      expect(refusal).toMatchObject({ code: 'not_found', param });
      expect(refusal).not.toHaveProperty('cause.message');
    }
    await expect(change(keyIdOf('sk-no'), {})).rejects.toMatchObject({ code: 'not_found' });
  });

  it('keep their owners from being deleted behind their back', async () => {
    const userId = await newUser();
    await make(newKeyText(), { userId });
    await expect(
      harness.database.write((unit) =>
        unit.manager.query('DELETE FROM users WHERE user_id = $1', [userId]),
      ),
    ).rejects.toThrow('virtual_keys_user_id_fkey');
  });

  it('keep everything but their secret when they are regenerated', async () => {
    const [userId, keyText, next] = [await newUser(), newKeyText(), newKeyText()];
    const { keyId } = await make(keyText, { userId, models: ['mini'] });
    await harness.keys.find(keyId);
    await harness.keys.find(keyIdOf(next));
    const row = await harness.database.write((unit) =>
      harness.keys.regenerate(unit, { keyId, keyText: next, changes: {} }, AN_ADMIN),
    );
    expect(row).toMatchObject({ keyId: keyIdOf(next), userId, models: ['mini'] });
    expect(await harness.keys.find(keyId)).toBeNull();
    expect(await harness.keys.find(keyIdOf(next))).toMatchObject({ userId });
    expect((await harness.keyListing.find(keyIdOf(next)))?.predecessors).toEqual([keyId]);
    expect((await harness.entriesOf(keyId)).at(-1)).toMatchObject({
      action: 'rotated',
      before_value: { id: keyId },
      after_value: { id: keyIdOf(next) },
    });
  });

  it('are not regenerated without end, since each keeps every id that it had', async () => {
    const { keyId } = await make(newKeyText());
    const rotate = (): Promise<unknown> =>
      harness.database.write((unit) =>
        harness.keys.regenerate(unit, { keyId, keyText: newKeyText(), changes: {} }, AN_ADMIN),
      );
    await harness.database.write((unit) =>
      unit.manager.query(
        `UPDATE virtual_keys SET predecessors = array_fill('0'::text, ARRAY[1000]) WHERE token = $1`,
        [keyId],
      ),
    );
    await expect(rotate()).rejects.toMatchObject({ code: 'request_invalid', param: 'key' });
    await harness.database.write((unit) =>
      unit.manager.query(
        'UPDATE virtual_keys SET predecessors = predecessors[2:] WHERE token = $1',
        [keyId],
      ),
    );
    await expect(rotate()).resolves.toMatchObject({ name: expect.stringMatching(/^sk-/) });
  });

  it('are not regenerated into a key that is there', async () => {
    const [taken, other] = [newKeyText(), await make(newKeyText())];
    await make(taken);
    const rotation = { keyId: other.keyId, keyText: taken, changes: {} };
    await expect(
      harness.database.write((unit) => harness.keys.regenerate(unit, rotation, AN_ADMIN)),
    ).rejects.toMatchObject({ code: 'already_exists', param: 'key' });
    expect(await harness.keys.find(other.keyId)).not.toBeNull();
  });

  it('are not found by any later read once they are deleted', async () => {
    const { keyId } = await make(newKeyText());
    expect(await harness.keys.find(keyId)).not.toBeNull();
    await harness.database.write(async (unit) => {
      await harness.keys.remove(unit, await harness.keys.lock(unit, { keyIds: [keyId] }), AN_ADMIN);
    });
    expect(await harness.keys.find(keyId)).toBeNull();
    const last = (await harness.entriesOf(keyId)).at(-1);
    expect(last).toMatchObject({
      action: 'deleted',
      before_value: { id: keyId },
      after_value: null,
    });
  });

  it('are listed and counted by owner, newest first, page by page', async () => {
    const [userId, teamId] = [await newUser(), await newTeam()];
    const ids: string[] = [];
    for (let index = 0; index < 3; index += 1) {
      ids.push((await make(newKeyText(), { userId, ...(index > 0 && { teamId }) })).keyId);
    }
    const page = { page: 1, pageSize: 2, isDescending: true };
    const { keys, total } = await harness.keyListing.page({ ...page, userId });
    expect(total).toBe(3);
    expect(keys).toHaveLength(2);
    const ofTeam = await harness.keyListing.page({ ...page, teamId });
    expect(ofTeam.keys.map((key) => key.keyId).sort()).toEqual(ids.slice(1).sort());
    expect(await harness.keyListing.countByUser([userId, 'unknown'])).toEqual(
      new Map([[userId, 3]]),
    );
    for (const sortBy of ['spend', 'expires', 'key_alias'] as const) {
      expect((await harness.keyListing.page({ ...page, userId, sortBy })).total).toBe(3);
    }
  });

  it('are listed for their owner and for their own bearer, and not for a caller without an id', async () => {
    const [own, bare] = [
      await make(newKeyText(), { userId: await newUser() }),
      await make(newKeyText()),
    ];
    const page = { page: 1, pageSize: 100, isDescending: false };
    const seenBy = async (userId: string | null, keyId: string | null): Promise<string[]> => {
      const { keys } = await harness.keyListing.page({ ...page, visibleTo: { userId, keyId } });
      return keys.map((key) => key.keyId);
    };
    expect(await seenBy(own.userId, null)).toEqual([own.keyId]);
    expect(await seenBy(null, bare.keyId)).toEqual([bare.keyId]);
    expect(await seenBy(null, null)).toEqual([]);
  });
});
