import { startBudgetedGateways, type BudgetedGateways } from '#support/budgeted-gateways';
import { Client, type Answer } from '#support/client';
import { DEFAULT_JWTAUTH } from '#support/gateway';

type Json = Record<string, unknown>;

describe('keys whose values and bounds are configured', () => {
  let budgeted: BudgetedGateways;
  let admin: Client;
  let alice: Client;

  beforeAll(async () => {
    budgeted = await startBudgetedGateways({
      jwtauth: `${DEFAULT_JWTAUTH}
    team_allowed_routes: [openai_routes, key_management_routes]`,
      library: `  default_key_generate_params:
    max_budget: 1.50
    budget_duration: 1d
    rpm_limit: 7
    duration: # blank is null
    models: [test-model]
    metadata: { setting: default }
    team_id: core
  upperbound_key_generate_params:
    max_budget: 100
    budget_duration: 10d
    duration: 30d
    max_parallel_requests: 50
    tpm_limit: 1000
    rpm_limit: 1000`,
    });
    admin = budgeted.admin;
    await admin.post('/team/new', { team_id: 'core' });
    await admin.post('/team/new', { team_id: 'research' });
    const claims = { sub: 'alice', email: 'alice@acme.example', team: 'research' };
    alice = budgeted.caller(0, await budgeted.issuer.sign(claims));
    await alice.chat('hello');
  });
  afterAll(async () => {
    await budgeted.stop();
  });

  const generate = (body: Json, caller = admin): Promise<Answer<Json>> =>
    caller.post<Json>('/key/generate', body);
  const paramOf = ({ status, json }: Answer<Json>): unknown[] => [
    status,
    (json['error'] as Json | undefined)?.['param'],
  ];
  const keyOf = async (body: Json = {}): Promise<string> =>
    String((await generate(body)).json['token']);
  const inDays = (expires: unknown): number =>
    Math.round((Date.parse(String(expires)) - Date.now()) / 86_400_000);

  it.each([{}, { max_budget: null, rpm_limit: null, models: [], metadata: {}, team_id: null }])(
    'have the configured values for what a request leaves out, empty or null, and bounds where none is configured: %j',
    async (body) => {
      const { json } = await generate(body);
      expect(json).toMatchObject({
        max_budget: 1.5,
        budget_duration: '1d',
        rpm_limit: 7,
        models: ['test-model'],
        metadata: { setting: 'default' },
        team_id: 'core',
        tpm_limit: 1000,
        max_parallel_requests: 50,
      });
      expect(inDays(json['expires'])).toBe(30);
    },
  );

  it('have what a request states; a budget_duration of null is the bound and not the configured value', async () => {
    const stated = {
      max_budget: 100,
      rpm_limit: 0,
      tpm_limit: 1,
      models: ['other'],
      duration: '1h',
    };
    const { json } = await generate({ ...stated, budget_duration: null, metadata: { a: 1 } });
    const { duration, ...limits } = stated;
    expect(json).toMatchObject({ ...limits, budget_duration: '10d', metadata: { a: 1 } });
    expect([duration, inDays(json['expires'])]).toEqual(['1h', 0]);
  });

  it('of a service account have them too', async () => {
    const { json } = await admin.post<Json>('/key/service-account/generate', {});
    expect(json).toMatchObject({ team_id: 'core', max_budget: 1.5, user_id: null });
  });

  it('of an internal user have them, but for the team, which is the one of the call', async () => {
    const { json } = await generate({ max_budget: 2 }, alice);
    expect(json).toMatchObject({
      max_budget: 2,
      rpm_limit: 7,
      tpm_limit: 1000,
      user_id: 'alice',
      team_id: 'research',
    });
  });

  it.each([
    ['max_budget', 100.000001],
    ['max_budget', '1e9'],
    ['budget_duration', '11d'],
    ['budget_duration', '1mo'],
    ['duration', '31d'],
    ['duration', '-1'],
    ['max_parallel_requests', 51],
    ['tpm_limit', 1001],
    ['rpm_limit', 1001],
  ])('are not made above a bound, nor changed or regenerated: %s %j', async (name, value) => {
    const key = await keyOf();
    const body = { key, [name]: value };
    expect(paramOf(await generate({ [name]: value }))).toEqual([400, name]);
    expect(paramOf(await generate({ [name]: value }, alice))).toEqual([400, name]);
    expect(paramOf(await admin.post<Json>('/key/update', body))).toEqual([400, name]);
    expect(paramOf(await admin.post<Json>('/key/regenerate', body))).toEqual([400, name]);
  });

  it('say which bound a request is above', async () => {
    expect((await generate({ max_budget: 200 })).json['error']).toMatchObject({
      message: 'max_budget must be at most 100: litellm_settings.upperbound_key_generate_params.',
    });
  });

  it('are not made with an increase that leads above the bound', async () => {
    const increase = { temp_budget_increase: 99, temp_budget_expiry: '2099-01-01' };
    expect(paramOf(await generate({ max_budget: 2, ...increase }))).toEqual([
      400,
      'temp_budget_increase',
    ]);
    expect(paramOf(await generate({ max_budget: 2, metadata: increase }))).toEqual([
      400,
      'temp_budget_increase',
    ]);
    expect((await generate({ max_budget: 1, ...increase })).status).toBe(200);
  });

  it('have a bound for what a change clears, and stay as they are where it says nothing', async () => {
    const key = await keyOf({ max_budget: 3, rpm_limit: 5 });
    const { json } = await admin.post<Json>('/key/update', { key, max_budget: null });
    expect(json).toMatchObject({ max_budget: 100, rpm_limit: 5 });
  });

  it('have the values of their budget, and the bound where it is higher', async () => {
    const made = { max_budget: 5, rpm_limit: 5000 };
    const { budget_id } = (await admin.post<Json>('/budget/new', made)).json;
    const { json } = await generate({ budget_id });
    expect(json).toMatchObject({ budget_id, max_budget: null, rpm_limit: 1000, tpm_limit: 1000 });
    expect(json['litellm_budget_table']).toMatchObject(made);
  });

  it('are limited by the configured values', async () => {
    const { json } = await generate({ max_budget: '0.02', models: ['test-model'] });
    const client = new Client(budgeted.gateways[0]?.url ?? '', String(json['key']));
    const statuses: number[] = [];
    for (let at = 0; at < 3; at += 1) {
      statuses.push((await client.chat('hello', { max_tokens: 100 })).status);
    }
    expect(statuses).toEqual([200, 200, 422]);
  });
});
