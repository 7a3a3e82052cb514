import { randomUUID } from 'node:crypto';
import {
  CENT_CALL,
  startBudgetedGateways,
  type BudgetedGateways,
} from '#support/budgeted-gateways';
import type { Client } from '#support/client';
import { eventually } from '#support/eventually';
import { describeWithPostgres } from '#support/postgres';
import { TaggedCalls } from '#support/tagged-calls';

type Json = Record<string, unknown>;

describeWithPostgres('tags, on two replicas', (server) => {
  let budgeted: BudgetedGateways;
  let admin: Client;
  let tagged: TaggedCalls;

  beforeAll(async () => {
    budgeted = await startBudgetedGateways({
      replicas: 2,
      databaseUrl: await server().createDatabase(),
      jwtauth: `
    user_id_jwt_field: sub
    user_id_upsert: true
    sync_user_role_and_teams: true
    jwt_litellm_role_map:
      - { jwt_role: viewer, litellm_role: proxy_admin_viewer }
    roles_jwt_field: roles`,
    });
    ({ admin } = budgeted);
    tagged = new TaggedCalls(budgeted);
  });
  afterAll(async () => {
    await budgeted.stop();
  });

  it('are made, shown, listed, changed and deleted in LiteLLM’s shapes', async () => {
    const name = `tag-${randomUUID()}`;
    const limits = { max_budget: 5, budget_duration: '30d', rpm_limit: 100 };
    const made = await tagged.post('/tag/new', { name, description: 'Nightly', ...limits });
    expect(made).toMatchObject({
      message: `Tag ${name} created successfully`,
      tag: { name, description: 'Nightly', models: [], model_info: {}, spend: 0, ...limits },
    });
    const again = await admin.post('/tag/new', { name });
    expect([again.status, again.json.error.reason]).toEqual([409, 'already_exists']);
    expect(await tagged.shown(name)).toMatchObject({
      ...{ name, description: 'Nightly', created_by: 'default_user_id', ...limits },
      litellm_budget_table: limits,
    });
    const changed = await tagged.post('/tag/update', { name, description: null, max_budget: null });
    expect(changed).toMatchObject({
      message: `Tag ${name} updated successfully`,
      tag: { description: null, max_budget: null, budget_duration: '30d', rpm_limit: 100 },
    });
    const { json: list } = await admin.get<Json[]>('/tag/list');
    expect(list.find((tag) => tag['name'] === name)).toMatchObject({ rpm_limit: 100 });
    expect(await tagged.post('/tag/delete', { name })).toEqual({
      message: `Tag ${name} deleted successfully`,
    });
    for (const [path, body] of [
      ['info', { names: [name] }],
      ['update', { name }],
      ['delete', { name }],
    ] as const) {
      const { status, json } = await admin.post(`/tag/${path}`, body);
      expect([path, status, json.error.reason]).toEqual([path, 404, 'not_found']);
    }
  });

  it.each([
    [{}, 'name'],
    [{ name: ' a' }, 'name'],
    [{ name: 'a'.repeat(129) }, 'name'],
    [{ name: 'a', metadata: { a: 1 } }, 'metadata'],
    [{ name: 'a', max_budget: -1 }, 'max_budget'],
    [{ name: 'a', models: 'gpt-4o' }, 'models'],
  ])('are refused as %j, naming the member', async (body, param) => {
    const { status, json } = await admin.post<Json>('/tag/new', body);
    expect([status, (json['error'] as Json)['param']]).toEqual([400, param]);
  });

  it('are changed by administrators alone; viewers see all, others the tags of their own requests', async () => {
    const name = await tagged.newTag({ max_budget: 1 });
    const tokenOf = async (claims: Json): Promise<Client> =>
      budgeted.caller(1, await budgeted.issuer.sign(claims));
    const person = await tokenOf({ sub: `person-${randomUUID()}` });
    const viewer = await tokenOf({ sub: `viewer-${randomUUID()}`, roles: ['viewer'] });
    for (const client of [person, viewer]) {
      for (const path of ['new', 'update', 'delete'])
        expect((await client.post(`/tag/${path}`, { name: 'a' })).status).toBe(403);
    }
    expect((await person.post('/tag/info', { names: [name] })).status).toBe(403);
    const namesOf = async (client: Client): Promise<unknown[]> =>
      (await client.get<Json[]>('/tag/list')).json.map((tag) => tag['name']);
    expect(await namesOf(viewer)).toContain(name);
    expect(await namesOf(person)).toEqual([]);
    const own = randomUUID();
    await person.chat('hello', { ...CENT_CALL, tags: [own, name] });
    const { json } = await person.get<Json[]>('/tag/list');
    expect(json).toMatchObject([
      { name, models: [], max_budget: 1, spend: 0.01 },
      { name: own, models: null, max_budget: null, spend: 0.01 },
    ]);
    const before = await person.get<Json[]>('/tag/list?start_date=2020-01-01&end_date=2020-01-02');
    expect(before.json).toEqual([]);
    expect((await person.get('/tag/list?start_date=2020-01-01')).status).toBe(400);
  });

  it('name a budget that cannot be deleted meanwhile', async () => {
    const budget_id = randomUUID();
    await tagged.post('/budget/new', { budget_id, max_budget: 0.01 });
    const tag = await tagged.newTag({ budget_id });
    const key = await tagged.newKey();
    expect((await tagged.call(0, key, { body: { tags: [tag] } })).status).toBe(200);
    await eventually(async () => {
      expect((await tagged.call(0, key, { body: { tags: [tag] } })).status).toBe(422);
    });
    expect((await admin.post('/budget/delete', { id: budget_id })).status).toBe(400);
    expect((await tagged.shown(tag))['litellm_budget_table']).toMatchObject({
      budget_id,
      max_budget: 0.01,
    });
  });
});
