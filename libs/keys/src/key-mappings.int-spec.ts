import { randomUUID } from 'node:crypto';
import { describeOnEachDatabase } from '#support/each-database';
import { AN_ADMIN, openManagement, type ManagementHarness } from '#support/management';
import type { KeyMappingEntity } from './entities/key-mapping.entity.js';
import type { KeyMappingValues } from './entities/key-record.js';
import type { KeyRegistration } from './key-registration.service.js';
import { keyIdOf, newKeyText } from './entities/key-text.js';

/** An account that no issuer has claimed. */
const aTokenUser = (userId: string) =>
  ({ userId, email: null, isEmailVerified: false, issuer: null, subject: null }) as const;

describeOnEachDatabase('mappings of tokens to virtual keys', (freshDatabase) => {
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

  const newKey = async (): Promise<string> => {
    const values = {
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
    const row = await harness.database.write((unit) =>
      harness.keys.create(unit, newKeyText(), values, AN_ADMIN),
    );
    return row.keyId;
  };
  const map = async (values: Partial<KeyMappingValues>): Promise<KeyMappingEntity> => {
    const all = {
      claimName: 'client_id',
      claimValue: randomUUID(),
      issuer: null,
      keyId: values.keyId ?? (await newKey()),
      description: null,
      isActive: true,
      ...values,
    };
    return harness.database.write((unit) => harness.keyMappings.create(unit, all, AN_ADMIN));
  };
  const keysOf = async (claimValue: string): Promise<string[]> =>
    (await harness.keyMappings.of(claimValue)).map((mapping) => mapping.keyId);

  it('are found by the value of the claim, and its absence is remembered only until then', async () => {
    const claimValue = randomUUID();
    expect(await harness.keyMappings.of(claimValue)).toEqual([]);
    const { keyId } = await map({ claimValue, issuer: 'https://issuer.example' });
    expect(await harness.keyMappings.of(claimValue)).toEqual([
      { claimName: 'client_id', issuer: 'https://issuer.example', keyId, isActive: true },
    ]);
  });

  it('are one for each claim, value and issuer', async () => {
    const { claimValue, keyId } = await map({});
    await expect(map({ claimValue, keyId })).rejects.toMatchObject({
      code: 'already_exists',
      param: 'jwt_claim_value',
    });
    await map({ claimValue, keyId, claimName: 'azp' });
    await map({ claimValue, keyId, issuer: 'https://issuer.example' });
    expect(await keysOf(claimValue)).toHaveLength(3);
  });

  it('are made to known keys alone', async () => {
    await expect(map({ keyId: keyIdOf('sk-unknown') })).rejects.toMatchObject({
      code: 'request_invalid',
      param: 'key',
    });
  });

  it('are read anew after a change, under the old value and the new', async () => {
    const [{ mappingId, claimValue }, moved] = [await map({}), randomUUID()];
    expect([await keysOf(claimValue), await keysOf(moved)]).toEqual([[expect.anything()], []]);
    await harness.database.write((unit) =>
      harness.keyMappings.update(unit, mappingId, { claimValue: moved, isActive: false }, AN_ADMIN),
    );
    expect(await keysOf(claimValue)).toEqual([]);
    expect(await harness.keyMappings.of(moved)).toMatchObject([{ isActive: false }]);
    await harness.database.write((unit) => harness.keyMappings.remove(unit, mappingId, AN_ADMIN));
    expect(await keysOf(moved)).toEqual([]);
    await expect(harness.keyMappings.get(mappingId)).rejects.toMatchObject({ code: 'not_found' });
    const actions = (await harness.entriesOf(mappingId)).map((entry) => entry['action']);
    expect(actions).toEqual(['created', 'updated', 'deleted']);
  });

  it('follow their key when it is regenerated and go with it when it is deleted', async () => {
    const [{ claimValue, keyId }, keyText] = [await map({}), newKeyText()];
    expect(await keysOf(claimValue)).toEqual([keyId]);
    await harness.database.write((unit) =>
      harness.keys.regenerate(unit, { keyId, keyText, changes: {} }, AN_ADMIN),
    );
    expect(await keysOf(claimValue)).toEqual([keyIdOf(keyText)]);
    await harness.database.write(async (unit) => {
      const rows = await harness.keys.lock(unit, { keyIds: [keyIdOf(keyText)] });
      await harness.keys.remove(unit, rows, AN_ADMIN);
    });
    expect(await keysOf(claimValue)).toEqual([]);
  });

  it('are listed newest first, page by page', async () => {
    const { mappingId } = await map({});
    const first = await harness.keyMappings.page(1, 1);
    expect(first.mappings).toHaveLength(1);
    expect(first.total).toBeGreaterThan(1);
    const all = await harness.keyMappings.page(1, 100);
    expect(all.mappings.map((row) => row.mappingId)).toContain(mappingId);
  });

  describe('of callers who register themselves', () => {
    const registration = (over: Partial<KeyRegistration> = {}): KeyRegistration => ({
      claimName: 'client_id',
      claimValue: randomUUID(),
      issuer: 'https://issuer.example',
      userId: null,
      teamId: null,
      organizationId: null,
      allowedRoutes: ['openai_routes'],
      ...over,
    });
    const register = (one: KeyRegistration): Promise<void> =>
      harness.database.write((unit) => harness.keyRegistration.register(unit, one));

    it('get one key for twenty first calls at once, and no orphan', async () => {
      const userId = randomUUID();
      await harness.database.write((unit) =>
        harness.users.ensureFromToken(unit, aTokenUser(userId)),
      );
      const one = registration({ userId });
      await Promise.all(Array.from({ length: 20 }, () => register(one)));
      const [keyId, ...others] = await keysOf(one.claimValue);
      expect(others).toEqual([]);
      expect(await harness.keyListing.countByUser([userId])).toEqual(new Map([[userId, 1]]));
      expect(await harness.keyListing.find(keyId ?? '')).toMatchObject({
        userId,
        models: [],
        allowedRoutes: ['openai_routes'],
        metadata: { auto_registered: true },
      });
    });

    it('leave a mapping alone that an administrator switched off', async () => {
      const { claimValue } = await map({ isActive: false, issuer: 'https://issuer.example' });
      await register(registration({ claimValue }));
      expect(await harness.keyMappings.of(claimValue)).toMatchObject([{ isActive: false }]);
    });

    it.each([
      ['userId', 'user_unknown'],
      ['teamId', 'team_unknown'],
      ['organizationId', 'org_unknown'],
    ])('are refused when their %s was deleted meanwhile: %s', async (member, code) => {
      await expect(register(registration({ [member]: 'gone' }))).rejects.toMatchObject({ code });
    });
  });
});
