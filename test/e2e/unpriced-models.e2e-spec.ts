import type { Client } from '#support/client';
import { startBudgetedGateways, type BudgetedGateways } from '#support/budgeted-gateways';

describe('unpriced_models of a row', () => {
  let around: BudgetedGateways;

  beforeAll(async () => {
    around = await startBudgetedGateways({
      budgets: 'unpriced_models: deny',
      deployment: `
  - model_name: unpriced
    litellm_params: { model: openai/unpriced, api_base: http://127.0.0.1:9, api_key: k }`,
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

  it('is that of a named budget where the row has none', async () => {
    await around.admin.post('/budget/new', { budget_id: 'strict', unpriced_models: 'deny' });
    expect(await statusOf(await keyWith({ budget_id: 'strict' }), 'unpriced')).toBe(403);
  });
});
