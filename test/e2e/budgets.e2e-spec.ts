import { randomUUID } from 'node:crypto';
import { startAdministeredGateway, type AdministeredGateway } from '#support/administered-gateway';
import { Client, type Answer } from '#support/client';

type Json = Record<string, unknown>;

describe('budgets with a name', () => {
  let gateway: AdministeredGateway;
  let admin: Client;

  beforeAll(async () => {
    gateway = await startAdministeredGateway();
    ({ admin } = gateway);
  });
  afterAll(() => gateway.stop());

  const post = <T = Json>(path: string, body: Json): Promise<Answer<T>> =>
    admin.post<T>(path, body);
  const make = async (limits: Json = {}): Promise<string> =>
    String((await post('/budget/new', limits)).json['budget_id']);
  const outcomeOf = ({ status, json }: Answer<Json>): unknown[] => [
    status,
    (json['error'] as Json)['param'],
  ];

  it('are made, shown, changed member by member, listed and deleted', async () => {
    const limits = { max_budget: 5, budget_duration: '1mo', rpm_limit: 10, soft_budget: 4 };
    const budget_id = randomUUID();
    const models = { mini: { budget_limit: 1, time_period: '1d' } };
    const { json: made } = await post('/budget/new', {
      budget_id,
      ...limits,
      model_max_budget: models,
    });
    expect(made).toMatchObject({ budget_id, ...limits, model_max_budget: models });
    expect(made['budget_reset_at']).toMatch(/^\d{4}-\d{2}-01T00:00:00/);
    const ids = [budget_id, 'unknown'];
    expect((await post<Json[]>('/budget/info', { budgets: ids })).json).toEqual([made]);
    const changed = (await post('/budget/update', { budget_id, max_budget: 7, rpm_limit: null }))
      .json;
    expect(changed).toMatchObject({ max_budget: 7, rpm_limit: null, soft_budget: 4 });
    const listed = (await admin.get<Json[]>('/budget/list')).json;
    expect(listed.find((budget) => budget['budget_id'] === budget_id)).toEqual(changed);
    const settings = (await admin.get<Json[]>(`/budget/settings?budget_id=${budget_id}`)).json;
    expect(settings).toContainEqual(
      expect.objectContaining({ field_name: 'max_budget', field_value: 7, stored_in_db: true }),
    );
    expect((await post('/budget/delete', { id: budget_id })).json).toEqual(changed);
    expect((await post<Json[]>('/budget/info', { budgets: [budget_id] })).json).toEqual([]);
    expect((await post('/budget/delete', { id: budget_id })).status).toBe(404);
  });

  it.each([
    ['/key/generate', {}],
    ['/team/new', {}],
    ['/user/new', { auto_create_key: false }],
    ['/organization/new', { organization_alias: 'Org' }],
  ])('that do not exist are refused by %s, and those that do are shown', async (path, body) => {
    const budget_id = await make({ max_budget: 5 });
    expect(outcomeOf(await post(path, { ...body, budget_id: randomUUID() }))).toEqual([
      404,
      'budget_id',
    ]);
    expect((await post(path, { ...body, budget_id })).json).toMatchObject({ budget_id });
  });

  it('are not deleted while a row has them, and are once none has', async () => {
    const budget_id = await make({ max_budget: 5 });
    const { team_id } = (await post('/team/new', { budget_id })).json;
    expect(outcomeOf(await post('/budget/delete', { id: budget_id }))).toEqual([400, 'id']);
    await post('/team/update', { team_id, budget_id: null });
    expect((await post('/budget/delete', { id: budget_id })).status).toBe(200);
    expect((await post('/team/update', { team_id, budget_id })).status).toBe(404);
  });

  it('are either deleted or named when both happen at once', async () => {
    const budget_id = await make();
    const [deleted, named] = await Promise.all([
      post('/budget/delete', { id: budget_id }),
      post('/team/new', { budget_id }),
    ]);
    expect([
      [200, 404],
      [400, 200],
    ]).toContainEqual([deleted.status, named.status]);
  });

  it.each([
    ['/budget/new', { max_budget: -1 }, 400],
    ['/budget/new', { model_max_budget: { mini: 5 } }, 400],
    ['/budget/update', { max_budget: 1 }, 400],
    ['/budget/update', { budget_id: 'unknown', max_budget: 1 }, 404],
    ['/budget/info', { budgets: [] }, 400],
  ])('%s with %j is refused', async (path, body, status) => {
    expect((await post(path, body)).status).toBe(status);
  });

  it('are made once under an id, and by administrators alone', async () => {
    const budget_id = await make();
    expect(outcomeOf(await post('/budget/new', { budget_id }))).toEqual([409, 'budget_id']);
    const token = await gateway.issuer.sign({ email: 'alice@acme.example' });
    const alice = new Client(gateway.url, token);
    expect((await alice.post('/budget/new')).status).toBe(403);
    expect((await alice.get('/budget/list')).status).toBe(403);
  });
});
