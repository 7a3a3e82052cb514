import type { DecisionRecord } from '#libs/auth';
import { startBudgetedGateways, type BudgetedGateways } from '#support/budgeted-gateways';
import type { Answer, Client } from '#support/client';

type Json = Record<string, unknown>;

interface Entry {
  readonly model_group: string;
  readonly attempt: number;
  readonly cost_usd: string;
}

const CALL = { messages: [{ role: 'user', content: 'hello' }], max_tokens: 100 };
const USUAL = { completionTokens: 100 };

/** A call of each of these models costs a cent, of `dear` two. */
const entry = (name: string, rest = '', price = '0.0001'): string => `
  - model_name: ${name}
    litellm_params: { model: openai/${name}, api_base: "UPSTREAM/v1", api_key: secret, input_cost_per_token: 0,
      output_cost_per_token: ${price} }
    model_info: { id: dep-${name}${rest} }`;

describe('fallbacks of callers with limits', () => {
  let budgeted: BudgetedGateways;

  beforeAll(async () => {
    budgeted = await startBudgetedGateways({
      deployment: (url) =>
        [
          entry('second', ', access_groups: [grouped]'),
          entry('third'),
          entry('dear', '', '0.0002'),
          entry('denied'),
        ]
          .join('')
          .replaceAll('UPSTREAM', url),
      library: `  fallbacks: [{ test-model: [denied, third, second, dear] }]
  model_alias_map: { nick: test-model, grouped-nick: second }
router_settings: { num_retries: 0 }`,
      gatehouse:
        '  policies: [{ name: none-of-it, effect: deny, when: \'request.model == "denied"\' }]\n',
    });
  });
  afterAll(async () => {
    await budgeted.stop();
  });

  const newKey = async (values: Json): Promise<Client> => {
    const made = await budgeted.admin.post<{ key: string }>('/key/generate', values);
    expect(made.status).toBe(200);
    return budgeted.caller(0, made.json.key);
  };
  const chat = (client: Client, model: string): Promise<Answer> =>
    client.post('/v1/chat/completions', { ...CALL, model });
  /** Calls `test-model` when its upstream answers with 500. */
  const failing = (client: Client): Promise<Answer> => {
    budgeted.upstream.enqueue({ status: 500 }, USUAL);
    return chat(client, 'test-model');
  };
  const servedBy = ({ status, headers }: Answer): unknown => [
    status,
    headers.get('x-litellm-model-group'),
  ];
  const entriesOf = async ({ headers }: Answer): Promise<Entry[]> => {
    expect(await budgeted.differences()).toEqual([]);
    return budgeted.rows<Entry>(
      'SELECT model_group, attempt, cost_usd::text FROM spend_entries WHERE request_id = $1 ORDER BY attempt',
      [headers.get('x-request-id')],
    );
  };
  const detailsOf = async ({ headers }: Answer): Promise<string[]> => {
    const id = headers.get('x-gatehouse-decision-id') ?? '';
    const { json } = await budgeted.admin.get<DecisionRecord>(`/decisions/${id}`);
    return json.steps.map(({ detail }) => detail);
  };

  it('go to the first model that lists, policies and budgets leave, and are booked for it', async () => {
    const models = ['test-model', 'denied', 'second', 'dear'];
    const client = await newKey({ models });
    const response = await failing(client);
    expect(servedBy(response)).toEqual([200, 'second']);
    expect(response.headers.get('x-litellm-attempted-fallbacks')).toBe('1');
    expect(await entriesOf(response)).toEqual([
      { model_group: 'test-model', attempt: 1, cost_usd: '0.000000000000' },
      { model_group: 'second', attempt: 2, cost_usd: '0.010000000000' },
    ]);
    expect(await detailsOf(response)).toEqual(
      expect.arrayContaining([
        'the model denied is passed over: model_not_allowed',
        'the model third is passed over: model_not_allowed',
        'the call falls back to the model second',
      ]),
    );
  });

  it('pass a model over whose budget is spent, and keep that of the caller', async () => {
    const client = await newKey({
      models: ['test-model', 'second', 'dear'],
      max_budget: 0.03,
      model_max_budget: { second: { budget_limit: 0.01, time_period: '30d' } },
    });
    expect(servedBy(await failing(client))).toEqual([200, 'second']);
    expect(servedBy(await failing(client))).toEqual([200, 'dear']);
    expect((await chat(client, 'test-model')).status).toBe(422);
    expect(await budgeted.differences()).toEqual([]);
  });

  it('leave the response of the first model where the rest of a budget bears none of them', async () => {
    const client = await newKey({ models: ['test-model', 'dear'], max_budget: 0.01 });
    budgeted.upstream.enqueue({ status: 500 });
    const response = await chat(client, 'test-model');
    expect(servedBy(response)).toEqual([500, 'test-model']);
    expect(await detailsOf(response)).toContain('the model dear is passed over: budget_exceeded');
    expect(servedBy(await chat(client, 'test-model'))).toEqual([200, 'test-model']);
  });

  it('count once against a limit of requests', async () => {
    const client = await newKey({ models: ['test-model', 'second'], rpm_limit: 2 });
    for (const remaining of ['1', '0']) {
      const response = await failing(client);
      expect(servedBy(response)).toEqual([200, 'second']);
      expect(response.headers.get('x-ratelimit-remaining-requests')).toBe(remaining);
    }
    expect((await chat(client, 'second')).status).toBe(429);
  });

  it('pass a model over whose own limit of requests is reached', async () => {
    const client = await newKey({
      models: ['test-model', 'second', 'dear'],
      model_rpm_limit: { second: 1 },
    });
    expect(servedBy(await failing(client))).toEqual([200, 'second']);
    expect(servedBy(await failing(client))).toEqual([200, 'dear']);
  });

  it('are explained as they would be tried', async () => {
    const made = await budgeted.admin.post<{ key: string }>('/key/generate', {
      models: ['nick', 'test-model', 'second', 'third'],
    });
    const explain = async (model: string): Promise<DecisionRecord> => {
      const question = {
        token: made.json.key,
        method: 'POST',
        route: '/v1/chat/completions',
        model,
      };
      return (await budgeted.admin.post<DecisionRecord>('/auth/explain', question)).json;
    };
    const record = await explain('nick');
    expect(record).toMatchObject({ allowed: true, status: 200 });
    expect(record.steps.map(({ detail }) => detail)).toEqual(
      expect.arrayContaining([
        'the model test-model serves this name',
        'the model denied is passed over: model_not_allowed',
        'models that serve the call after a failure: third, second',
      ]),
    );
  });

  it.each<[string, string[], string, unknown]>([
    ['an alias by its name', ['nick'], 'nick', [200, 'test-model']],
    ['not the model of an alias', ['nick'], 'test-model', [403, null]],
    ['not the alias of a model', ['test-model'], 'nick', [403, null]],
    ['an alias by the access group of its model', ['grouped'], 'grouped-nick', [200, 'second']],
    ['a deployment by the name of its model', ['second'], 'dep-second', [200, 'second']],
    ['no deployment of another model', ['third'], 'dep-second', [403, null]],
    ['no deployment that a policy denies', ['denied'], 'denied', [403, null]],
  ])('a list of models grants %s', async (_what, models, model, expected) => {
    const response = await chat(await newKey({ models }), model);
    expect(servedBy(response)).toEqual(expected);
  });

  it('a list of models shows no model that a policy denies, and shows aliases', async () => {
    const { json } = await budgeted.admin.get('/v1/models');
    const ids = json.data.map(({ id }) => id);
    expect(ids).not.toContain('denied');
    expect(ids).toEqual(expect.arrayContaining(['nick', 'second', 'third']));
  });
});
