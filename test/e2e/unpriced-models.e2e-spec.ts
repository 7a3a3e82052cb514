import type { Client } from '#support/client';
import { startBudgetedGateways, type BudgetedGateways } from '#support/budgeted-gateways';

const INCREASE = { temp_budget_increase: 1, temp_budget_expiry: '2097-01-01' };

/** A model without a price at a provider. Nothing listens at its address. */
const unpricedAt = (provider: string): string => `
  - model_name: at-${provider}
    litellm_params: { model: ${provider}/no-price, api_base: http://127.0.0.1:9, api_key: k }`;

describe('the unpriced_models of rows', () => {
  let around: BudgetedGateways;

  beforeAll(async () => {
    around = await startBudgetedGateways({
      budgets: 'unpriced_models: deny',
      deployment: `
  - model_name: unpriced
    litellm_params: { model: openai/unpriced, api_base: http://127.0.0.1:9, api_key: k }
${['groq', 'mistral', 'deepseek', 'xai'].map(unpricedAt).join('')}
  - model_name: mixed
    litellm_params: { model: groq/mixed, api_base: http://127.0.0.1:9, api_key: k }
  - model_name: mixed
    litellm_params: { model: xai/mixed, api_base: http://127.0.0.1:9, api_key: k }
router_settings:
  provider_budget_config:
    groq: { budget_limit: 5, time_period: 1d }
    mistral: { budget_limit: 5, time_period: 1d, unpriced_models: deny }
    deepseek: { budget_limit: 5, time_period: 1d, unpriced_models: allow }`,
    });
  });
  afterAll(() => around.stop());

  const keyWith = async (limits: object): Promise<Client> => {
    const { json } = await around.admin.post<{ key: string }>('/key/generate', limits);
    return around.caller(0, json.key);
  };
  const statusOf = async (client: Client, model: string): Promise<number> =>
    (await client.chat('a', { model, max_tokens: 1 })).status;

  it.each([
    ['refuses by the configuration where it has a budget and says nothing', { max_budget: 1 }, 403],
    ['lets calls through where it allows them', { max_budget: 1, unpriced_models: 'allow' }, 502],
    ['refuses without a budget, too', { unpriced_models: 'deny' }, 403],
    ['lets calls through without a budget', {}, 502],
  ])('%s', async (_what, limits, expected) => {
    const client = await keyWith(limits);
    // Nothing listens at the address of the deployment.
    expect(await statusOf(client, 'unpriced')).toBe(expected);
    expect(await statusOf(client, 'test-model')).toBe(200);
  });

  it.each([
    ['refuses by the configuration where it says nothing', 'groq', 403],
    ['refuses where it denies them', 'mistral', 403],
    ['lets calls through where it allows them', 'deepseek', 502],
    ['lets calls through without a budget', 'xai', 502],
  ])('of a provider %s', async (_what, provider, expected) => {
    const client = await keyWith({});
    const { status, json } = await client.chat('a', { model: `at-${provider}`, max_tokens: 1 });
    const reason = expected === 403 ? 'price_unknown' : expect.not.stringMatching('price_unknown');
    expect([status, json.error]).toMatchObject([expected, { reason }]);
  });

  it('of a provider passes its deployments over, so that others serve the model', async () => {
    expect(await statusOf(await keyWith({}), 'mixed')).toBe(502);
    expect(await statusOf(await keyWith({ max_budget: 1 }), 'mixed')).toBe(403);
  });

  it.each([
    ['of a member refuses', {}, { unpriced_models: 'deny' }, 403],
    ['of the team for its members refuses', { team_member_unpriced_models: 'deny' }, {}, 403],
    [
      'of a member wins over that of the team for its members',
      { team_member_unpriced_models: 'deny' },
      { unpriced_models: 'allow' },
      502,
    ],
    ['of a member with a budget is that of the configuration', { team_member_budget: 1 }, {}, 403],
    [
      'of a member allows them beside a budget',
      { team_member_budget: 1 },
      { unpriced_models: 'allow' },
      502,
    ],
    ['of nothing lets calls through', {}, {}, 502],
  ])('%s', async (_what, team, member, expected) => {
    const { admin } = around;
    const made = await admin.post<{ user_id: string }>('/user/new', { auto_create_key: false });
    const { team_id } = (await admin.post<{ team_id: string }>('/team/new', team)).json;
    const { user_id } = made.json;
    const added = { team_id, member: { role: 'user', user_id }, ...member };
    expect((await admin.post('/team/member_add', added)).status).toBe(200);
    expect(await statusOf(await keyWith({ team_id, user_id }), 'unpriced')).toBe(expected);
  });

  it('is that of a named budget where the row has none', async () => {
    await around.admin.post('/budget/new', { budget_id: 'strict', unpriced_models: 'deny' });
    expect(await statusOf(await keyWith({ budget_id: 'strict' }), 'unpriced')).toBe(403);
  });

  it('are not asked about what a call would cost, which has LiteLLM’s members', async () => {
    const counts = { model: 'test-model', input_tokens: 3, output_tokens: 7 };
    const requests = { num_requests_per_day: 3, num_requests_per_month: null };
    const { json } = await around.admin.post('/cost/estimate', { ...counts, ...requests });
    const of = (name: string, [all, input, output]: readonly (number | null)[]) => ({
      [`${name}cost${name === '' ? '_per_request' : ''}`]: all,
      [`${name}input_cost${name === '' ? '_per_request' : ''}`]: input,
      [`${name}output_cost${name === '' ? '_per_request' : ''}`]: output,
      [`${name}margin_cost${name === '' ? '_per_request' : ''}`]: all === null ? null : 0,
    });
    expect(json).toEqual({
      ...{ ...counts, ...requests, provider: 'openai' },
      ...{ ...of('', [0.0007, 0, 0.0007]), ...of('daily_', [0.0021, 0, 0.0021]) },
      ...{ ...of('monthly_', [null, null, null]), input_cost_per_token: 0 },
      output_cost_per_token: 0.0001,
    });
  });

  it('are not asked about what a call would cost: a model without a price is 400 with a code of its own', async () => {
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
    for (const [path, body] of [
      ['/cost/estimate', { model: 'unpriced', input_tokens: 1 }],
      ['/spend/calculate', { model: 'unpriced', messages: [] }],
      ['/spend/calculate', { completion_response: { model: 'unpriced', usage } }],
    ] as const) {
      const { status, json } = await around.admin.post(path, body);
      expect([status, json.error]).toMatchObject([
        400,
        { reason: 'model_unpriced', type: 'bad_request_error', param: 'model' },
      ]);
    }
  });
});

describe('a budget of 0, where calls without a known price are allowed', () => {
  let around: BudgetedGateways;

  beforeAll(async () => {
    around = await startBudgetedGateways({
      deployment: `
  - model_name: unpriced
    litellm_params: { model: openai/unpriced, api_base: http://127.0.0.1:9, api_key: k }
  - model_name: barred
    litellm_params: { model: groq/barred, api_base: http://127.0.0.1:9, api_key: k }
  - model_name: free
    litellm_params: { model: groq/free, api_base: http://127.0.0.1:9, api_key: k, input_cost_per_token: 0, output_cost_per_token: 0 }
router_settings:
  provider_budget_config: { groq: { budget_limit: 0, time_period: 1d } }`,
    });
  });
  afterAll(() => around.stop());

  const call = async (limits: object, model: string) => {
    const { json } = await around.admin.post<{ key: string }>('/key/generate', limits);
    const { status, json: body } = await around
      .caller(0, json.key)
      .chat('a', { model, max_tokens: 1 });
    return [status, body.error.reason];
  };
  // Nothing listens at the address of the deployments.
  const TRIED = [502, 'upstream_unreachable'];
  const REFUSED = [422, 'budget_exceeded'];

  it.each([
    ['refuses them', { max_budget: 0 }, REFUSED],
    [
      'for the model refuses them',
      { model_max_budget: { unpriced: { budget_limit: 0 } } },
      REFUSED,
    ],
    [
      'of another model does not',
      { model_max_budget: { 'test-model': { budget_limit: 0 } } },
      TRIED,
    ],
    ['with an increase does not', { max_budget: 0, ...INCREASE }, TRIED],
    ['of a row that allows them does not', { max_budget: 0, unpriced_models: 'allow' }, TRIED],
    ['is not one of more', { max_budget: 1e-12 }, TRIED],
  ])('%s', async (_what, limits, expected) => {
    expect(await call(limits, 'unpriced')).toEqual(expected);
  });

  it('of a provider refuses them, and not what is free', async () => {
    expect(await call({}, 'barred')).toEqual(REFUSED);
    expect(await call({}, 'free')).toEqual(TRIED);
    expect(await call({ max_budget: 0 }, 'free')).toEqual(TRIED);
  });
});
