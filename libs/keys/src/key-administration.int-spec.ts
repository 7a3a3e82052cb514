import { randomUUID } from 'node:crypto';
import { plainToInstance } from 'class-transformer';
import type { AccessContext } from '#libs/access';
import { auditActorOf } from '#libs/audit';
import { SystemClock } from '#libs/common';
import { SettingsStore, settingsFromYaml } from '#libs/config';
import {
  BudgetTables,
  CallerStandings,
  type BudgetUsages,
  ResetTimes,
  type SpendTotals,
} from '#libs/spend';
import { aPrincipal } from '#support/access-builders';
import { ScriptedCostAdmission } from '#support/scripted-cost-admission';
import { describeOnEachDatabase } from '#support/each-database';
import {
  aMasterKeyAccess,
  anAccess,
  openManagement,
  type ManagementHarness,
} from '#support/management';
import type { GeneratedKeyResponse } from './dto/key.response.js';
import {
  DeleteKeysRequest,
  GenerateKeyRequest,
  RegenerateNamedKeyRequest,
  UpdateKeyRequest,
} from './dto/key.request.js';
import { ListKeysRequest } from './dto/list-keys.request.js';
import { KeyAdministration } from './key-administration.service.js';
import { KeyPresentation } from './key-presentation.service.js';
import { keyIdOf, newKeyText } from './entities/key-text.js';
import { CallerKeys } from './caller-keys.service.js';
import { KeyRules } from './key-rules.service.js';
import { KeyQueries } from './key-queries.service.js';

const ADMIN = aMasterKeyAccess();
const VIEWER = anAccess({ role: 'proxy_admin_viewer', attribution: { userId: 'viewer' } });
const USD = 10n ** 12n;
const MASTER_KEY = 'sk-a-long-master-key-for-tests';

/** An account that no issuer has claimed. */
const aTokenUser = (userId: string) =>
  ({ userId, email: null, isEmailVerified: false, issuer: null, subject: null }) as const;

describeOnEachDatabase('the administration of virtual keys', (freshDatabase) => {
  let harness: ManagementHarness;
  let administration: KeyAdministration;
  let views: KeyQueries;
  const spend = new Map<string, bigint>();

  beforeAll(async () => {
    harness = await openManagement(await freshDatabase());
    const read = (_scope: string, ids: readonly string[]) =>
      Promise.resolve(new Map(ids.map((id) => [id, spend.get(id) ?? 0n])));
    const totals: Pick<SpendTotals, 'read' | 'readIfPossible'> = { read, readIfPossible: read };
    const settings = new SettingsStore(settingsFromYaml('', { LITELLM_MASTER_KEY: MASTER_KEY }));
    const resetTimes = new ResetTimes(new SystemClock(), settings);
    const tables = new BudgetTables(resetTimes);
    const presentation = new KeyPresentation(totals as SpendTotals, resetTimes, tables);
    const { database, keys, keyListing } = harness;
    administration = new KeyAdministration(
      database,
      keys,
      presentation,
      new SystemClock(),
      settings,
      new KeyRules(settings),
    );
    const usages: Pick<BudgetUsages, 'ofOne'> = { ofOne: () => Promise.resolve({}) };
    const standings = new CallerStandings(new ScriptedCostAdmission(), totals as SpendTotals);
    const callers = new CallerKeys(standings, settings, resetTimes, new SystemClock());
    views = new KeyQueries(keyListing, presentation, usages as BudgetUsages, callers);
  });
  afterEach(async () => {
    expect(await harness.audit.verify()).toMatchObject({ isIntact: true });
  });
  afterAll(async () => {
    await harness.close();
  });

  const generate = (
    body: object = {},
    access: AccessContext = ADMIN,
  ): Promise<GeneratedKeyResponse> =>
    administration.generate(plainToInstance(GenerateKeyRequest, body), access);
  const regenerate = (
    key: string,
    body: object = {},
    access: AccessContext = ADMIN,
  ): Promise<GeneratedKeyResponse> =>
    administration.regenerate(key, plainToInstance(RegenerateNamedKeyRequest, body), access);
  const update = (body: object, access: AccessContext = ADMIN) =>
    administration.update(plainToInstance(UpdateKeyRequest, body), access);
  const remove = (body: object, access: AccessContext = ADMIN) =>
    administration.remove(plainToInstance(DeleteKeysRequest, body), access);
  const list = (query: object, access: AccessContext = ADMIN) =>
    views.list(plainToInstance(ListKeysRequest, query), access);
  it('makes no key of the master key', async () => {
    const taken = { code: 'already_exists', param: 'key' };
    await expect(generate({ key: MASTER_KEY })).rejects.toMatchObject(taken);
    const { token } = await generate();
    await expect(regenerate(token, { new_key: MASTER_KEY })).rejects.toMatchObject(taken);
    expect(await harness.keys.find(keyIdOf(MASTER_KEY))).toBeNull();
    expect(await generate({ key: `${MASTER_KEY}s` })).toMatchObject({ key: `${MASTER_KEY}s` });
  });

  it('makes no key of the former text of a regenerated one', async () => {
    const former = { code: 'already_exists', param: 'key' };
    const first = await generate();
    const second = await regenerate(first.key);
    const third = await regenerate(second.key);
    const other = await generate();
    for (const key of [first.key, second.key]) {
      await expect(generate({ key })).rejects.toMatchObject(former);
      await expect(regenerate(other.key, { new_key: key })).rejects.toMatchObject(former);
      await expect(regenerate(third.key, { new_key: key })).rejects.toMatchObject(former);
      expect(await harness.keys.find(keyIdOf(key))).toBeNull();
    }
    expect(await harness.keys.find(keyIdOf(third.key))).not.toBeNull();
  });

  it('makes no key of the former text of one that is regenerated at the same time', async () => {
    const { key } = await generate();
    const made: Promise<unknown>[] = [];
    await harness.database.write(async (unit) => {
      const rotation = { keyId: keyIdOf(key), keyText: newKeyText(), changes: {} };
      await harness.keys.regenerate(unit, rotation, auditActorOf(ADMIN));
      made.push(
        generate({ key }).then(
          () => 'made',
          (error: unknown) => error,
        ),
      );
    });
    expect(await made[0]).toMatchObject({ code: 'already_exists' });
  });

  const newPerson = async (): Promise<{ userId: string; access: AccessContext }> => {
    const userId = randomUUID();
    await harness.database.write((unit) => harness.users.ensureFromToken(unit, aTokenUser(userId)));
    return { userId, access: anAccess({ attribution: { userId } }) };
  };

  it('shows a key once, to the caller that makes it', async () => {
    const made = await generate({ key_alias: randomUUID(), duration: '30d' });
    expect(made.key).toMatch(/^sk-/);
    expect(made).toMatchObject({
      token: keyIdOf(made.key),
      token_id: keyIdOf(made.key),
      key_name: `sk-...${made.key.slice(-4)}`,
      created_by: 'default_user_id',
      max_budget: null,
      spend: 0,
    });
    expect(Date.parse(made.expires ?? '')).toBeGreaterThan(Date.now());
    const later = [
      await views.info(made.key, ADMIN),
      await list({ return_full_object: true, key_hash: made.token }),
      await update({ key: made.key, key_alias: null }),
      await administration.setBlocked(made.key, true, ADMIN),
      await administration.setBlocked(made.token, false, ADMIN),
      await remove({ keys: [made.key] }),
    ];
    expect(JSON.stringify(later)).not.toContain(made.key);
    expect(later[0]).toMatchObject({ key: made.token, info: { blocked: false } });
    expect(later[0]).not.toHaveProperty('info.token');
    expect(later[5]).toEqual({ deleted_keys: [made.token] });
  });

  it('takes a key of the administrator’s choice', async () => {
    const key = newKeyText();
    expect(await generate({ key })).toMatchObject({ key, token: keyIdOf(key) });
    await expect(generate({ key })).rejects.toMatchObject({ code: 'already_exists' });
  });

  it('makes keys of a team that belong to none of its members', async () => {
    const [teamId, { userId, access }] = [randomUUID(), await newPerson()];
    await harness.database.write((unit) => harness.teams.ensureFromToken(unit, teamId));
    const body = plainToInstance(GenerateKeyRequest, { team_id: teamId, user_id: userId });
    const made = await administration.generateForTeam(body, ADMIN);
    expect(made).toMatchObject({ team_id: teamId, user_id: null });
    await expect(
      administration.generateForTeam(new GenerateKeyRequest(), ADMIN),
    ).rejects.toMatchObject({ code: 'request_invalid', param: 'team_id' });
    await expect(administration.generateForTeam(body, access)).rejects.toMatchObject({
      code: 'route_not_allowed',
    });
  });

  it('changes what is named and nothing else', async () => {
    const { token } = await generate({ models: ['mini'], duration: '1d', metadata: { a: 1 } });
    const changed = await update({ key: token, metadata: { b: 2 }, duration: '-1' });
    expect(changed).toMatchObject({
      key: token,
      models: ['mini'],
      metadata: { b: 2 },
      expires: null,
    });
  });

  it('lets a person make, see, renew and delete keys of its own, and no others', async () => {
    const [alice, bob] = [await newPerson(), await newPerson()];
    const own = await generate({}, alice.access);
    expect(own).toMatchObject({ user_id: alice.userId, created_by: alice.userId });
    expect((await list({}, alice.access)).keys).toEqual([own.token]);
    const renewed = await regenerate(own.token, {}, alice.access);
    expect(renewed.key).not.toBe(own.key);
    const unseen = { code: 'not_found', message: 'There is no such key.' };
    await expect(views.info(renewed.token, bob.access)).rejects.toMatchObject(unseen);
    await expect(views.info('sk-unknown', bob.access)).rejects.toMatchObject(unseen);
    await expect(regenerate(renewed.token, {}, bob.access)).rejects.toMatchObject(unseen);
    await expect(remove({ keys: [renewed.token] }, bob.access)).rejects.toMatchObject(unseen);
    await expect(list({ user_id: alice.userId }, bob.access)).rejects.toMatchObject({
      code: 'route_not_allowed',
    });
    await expect(generate({ user_id: bob.userId }, alice.access)).rejects.toMatchObject({
      code: 'route_not_allowed',
    });
    expect(await remove({ keys: [renewed.token] }, alice.access)).toEqual({
      deleted_keys: [renewed.token],
    });
  });

  it('leaves blocking and changing to administrators', async () => {
    const { access } = await newPerson();
    const { token } = await generate({}, access);
    const refusal = { code: 'route_not_allowed' };
    for (const caller of [access, VIEWER]) {
      await expect(administration.setBlocked(token, false, caller)).rejects.toMatchObject(refusal);
      await expect(update({ key: token, models: [] }, caller)).rejects.toMatchObject(refusal);
      await expect(regenerate(token, { models: [] }, caller)).rejects.toMatchObject(refusal);
    }
    await expect(remove({ keys: [token] }, VIEWER)).rejects.toMatchObject(refusal);
  });

  it('lets a key show itself and do nothing to itself', async () => {
    const { userId } = await newPerson();
    const { token } = await generate({ user_id: userId });
    const key = { keyId: token, alias: null, models: [], allowedRoutes: [] };
    const principal = aPrincipal({ kind: 'virtual_key', key });
    const access = anAccess({ principal, attribution: { userId, keyId: token } });
    expect(await views.info(undefined, access)).toMatchObject({ key: token });
    await expect(views.info(undefined, ADMIN)).rejects.toMatchObject({ code: 'request_invalid' });
    const refusal = { code: 'route_not_allowed' };
    await expect(regenerate(token, {}, access)).rejects.toMatchObject(refusal);
    await expect(remove({ keys: [token] }, access)).rejects.toMatchObject(refusal);
    await expect(generate({}, access)).rejects.toMatchObject(refusal);
  });

  it('keeps the spend of a key that is regenerated', async () => {
    const first = await generate();
    spend.set(first.token, 2n * USD);
    const second = await regenerate(first.key, { key_alias: randomUUID() });
    spend.set(second.token, USD);
    expect(await views.info(second.token, VIEWER)).toMatchObject({
      info: { spend: 3, rotation_count: 1 },
    });
    await expect(views.info(first.key, ADMIN)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('deletes all of the keys that are named, or none', async () => {
    const [one, other] = [await generate({ key_alias: randomUUID() }), await generate()];
    const unknown = (param: string) => ({ code: 'not_found', param });
    await expect(remove({ keys: [one.token, 'sk-unknown'] })).rejects.toMatchObject(
      unknown('keys'),
    );
    await expect(remove({ key_aliases: ['no such'] })).rejects.toMatchObject(
      unknown('key_aliases'),
    );
    for (const body of [{}, { keys: [] }, { keys: [one.token], key_aliases: ['a'] }]) {
      await expect(remove(body)).rejects.toMatchObject({ code: 'request_invalid', param: 'keys' });
    }
    // The same key by both of its names is one key.
    await remove({ keys: [other.key, other.token] });
    expect(await remove({ key_aliases: [one.key_alias] })).toEqual({ deleted_keys: [one.token] });
  });

  it('lists page by page, ids or rows', async () => {
    const { userId, access } = await newPerson();
    for (let index = 0; index < 3; index += 1) await generate({ user_id: userId });
    const page = await list({ user_id: userId, size: 2, page: 2 });
    expect(page).toMatchObject({ total_count: 3, current_page: 2, total_pages: 2 });
    expect(page.keys).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    const rows = await list({ return_full_object: true }, access);
    expect(rows.keys).toHaveLength(3);
    expect(rows.keys[0]).toMatchObject({ user_id: userId, token: expect.any(String) as string });
  });
});
