import { randomUUID } from 'node:crypto';
import {
  CENT_CALL,
  startBudgetedGateways,
  type BudgetedGateways,
} from '#support/budgeted-gateways';

type Json = Record<string, unknown>;

/** Lets two calls of a cent pass in a window, or two requests in a minute. */
const LIMITS: Readonly<Record<string, (name: string) => Json>> = {
  model_max_budget: (name) => ({
    model_max_budget: { [name]: { budget_limit: 0.02, time_period: '1mo' } },
  }),
  model_rpm_limit: (name) => ({ model_rpm_limit: { [name]: 2 } }),
};

describe('limits by model', () => {
  let budgeted: BudgetedGateways;

  beforeAll(async () => {
    budgeted = await startBudgetedGateways({
      deployment: `
  - model_name: fixed
    litellm_params:
      model: openai/test-model-2
      api_base: http://127.0.0.1:9
      api_key: upstream-secret
      input_cost_per_token: 0
      output_cost_per_token: 0.0001`,
    });
  });
  afterAll(() => budgeted.stop());

  const post = async (path: string, body: Json): Promise<Json> => {
    const { status, json } = await budgeted.admin.post<Json>(path, body);
    expect([status, json['error']]).toEqual([200, undefined]);
    return json;
  };

  /** Makes what has the limits, and returns the members of a key that counts against it. */
  const SCOPES: Readonly<Record<string, (limits: Json) => Promise<Json>>> = {
    key: (limits) => Promise.resolve(limits),
    user: async (limits) => ({
      user_id: (await post('/user/new', { auto_create_key: false, ...limits }))['user_id'],
    }),
    team: async (limits) => ({ team_id: (await post('/team/new', limits))['team_id'] }),
    org: async (limits) => {
      const organization_id = randomUUID();
      await post('/organization/new', { organization_id, organization_alias: 'A', ...limits });
      return { team_id: (await post('/team/new', { organization_id }))['team_id'] };
    },
    tag: async (limits) => {
      const name = randomUUID();
      await post('/tag/new', { name, ...limits });
      return { metadata: { tags: [name] } };
    },
  };
  const names = ['test-model', 'test-*', 'openai/test-model', 'openai/*', '*'];
  const cases = Object.keys(SCOPES).flatMap((scope) =>
    Object.keys(LIMITS).map((member) => [scope, member] as const),
  );

  /** The statuses of three calls, and the name of the limit that the last one was refused by. */
  const outcomeOf = async (values: Json): Promise<unknown> => {
    const { key } = await post('/key/generate', values);
    const caller = budgeted.caller(0, String(key));
    const statuses = [];
    for (let call = 0; call < 2; call++) statuses.push((await caller.chat('x', CENT_CALL)).status);
    const { status, json } = await caller.chat('x', CENT_CALL);
    const error = json.error as Json | undefined;
    const facts = (error?.['budget'] ?? error?.['rate_limit']) as Json | undefined;
    return [...statuses, status, facts?.['model'] ?? String(facts?.['id']).split(':')[1]];
  };

  it.each(cases)('%s: %s counts its model by every spelling of it', async (scope, member) => {
    const refusal = member === 'model_max_budget' ? 422 : 429;
    for (const name of names) {
      const values = await SCOPES[scope]?.(LIMITS[member]?.(name) ?? {});
      expect(await outcomeOf(values ?? {})).toEqual([200, 200, refusal, name]);
    }
  });

  it('choose the most specific name, and leave other models alone', async () => {
    const caps = {
      '*': { budget_limit: 0, time_period: '1mo' },
      'test-*': { budget_limit: 0, time_period: '1mo' },
      'openai/test-model': { budget_limit: 0.01, time_period: '1mo' },
    };
    const rates = { 'openai/fixed': 0, 'x*': 0, nonexistent: 0 };
    const made = await post('/key/generate', { model_max_budget: caps, model_rpm_limit: rates });
    const caller = budgeted.caller(0, String(made['key']));
    expect((await caller.chat('x', CENT_CALL)).status).toBe(200);
    expect((await caller.chat('x', CENT_CALL)).json.error).toMatchObject({
      budget: { scope: 'key_model', id: expect.stringMatching(/:openai\/test-model$/) },
    });
    const fixed = await caller.chat('x', { ...CENT_CALL, model: 'fixed' });
    expect(fixed.json.error).toMatchObject({
      reason: 'rate_limited',
      rate_limit: { model: 'openai/fixed' },
    });
  });

  it.each(['/key/generate', '/team/new', '/user/new', '/customer/new', '/budget/new'])(
    '%s says which names cover no model of the configuration',
    async (path) => {
      const cap = { budget_limit: 1, time_period: '1d' };
      const ids = path.startsWith('/customer') ? { user_id: randomUUID() } : {};
      const model_max_budget = {
        'f*': cap,
        'openai/fixed': cap,
        nonexistent: cap,
        group: { ...cap, models: ['fixed', 'azure/fixed'] },
      };
      const made = await post(path, { ...ids, model_max_budget });
      expect(made['unmatched_models']).toEqual(['azure/fixed', 'nonexistent']);
      const known = await post(path, {
        ...(path.startsWith('/customer') ? { user_id: randomUUID() } : {}),
        model_max_budget: { fixed: cap },
      });
      expect(known).not.toHaveProperty('unmatched_models');
    },
  );
});
