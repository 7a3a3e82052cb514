import { randomUUID } from 'node:crypto';
import { Client } from '#support/client';
import { eventually } from '#support/eventually';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

type Json = Record<string, unknown>;

/** A call with 300 tokens of output costs 0.3 dollars, one with 1,000 characters to embed between 0.3 and 0.45. */
const models = (url: string): string => `
  - model_name: test-model
    litellm_params:
      model: openai/test-model
      api_base: ${url}/v1
      api_key: upstream-secret
      input_cost_per_token: 0
      output_cost_per_token: 0.001
  - model_name: embedding
    litellm_params:
      model: openai/embedding
      api_base: ${url}/v1
      api_key: upstream-secret
      input_cost_per_token: 0.0003
      output_cost_per_token: 0`;
const USED = { prompt_tokens: 400, completion_tokens: 300, total_tokens: 700 };
const TEXT = { id: 'a', object: 'text_completion', choices: [{ index: 0, text: 'a' }] };
const EMBEDDING = {
  object: 'list',
  data: [{ object: 'embedding', index: 0, embedding: [1] }],
  usage: { prompt_tokens: 2_000, total_tokens: 2_000 },
};
const events = (...chunks: readonly Json[]): string =>
  [...chunks.map((chunk) => JSON.stringify(chunk)), '[DONE]']
    .map((data) => `data: ${data}\n\n`)
    .join('');

/** A way to call a model: what is sent, and what the upstream responds. */
interface Way {
  readonly path: string;
  readonly body: Json;
  readonly response?: string;
}
const CHAT = { model: 'test-model', max_tokens: 300, messages: [{ role: 'user', content: 'a' }] };
const COMPLETION = { model: 'test-model', max_tokens: 300, prompt: 'a' };
const WAYS: readonly Way[] = [
  { path: '/v1/chat/completions', body: CHAT },
  { path: '/v1/chat/completions', body: { ...CHAT, stream: true } },
  {
    path: '/v1/completions',
    body: COMPLETION,
    response: JSON.stringify({ ...TEXT, usage: USED }),
  },
  {
    path: '/v1/completions',
    body: { ...COMPLETION, stream: true },
    response: events(TEXT, { ...TEXT, choices: [], usage: USED }),
  },
  {
    path: '/v1/embeddings',
    body: { model: 'embedding', input: 'a'.repeat(1_000) },
    response: JSON.stringify(EMBEDDING),
  },
];

/** Lets one call pass and no second one. */
const ONE = 0.45;
const ONE_BY_MODEL = { budget_limit: ONE, time_period: '1mo' };
const MONEY = 'budget_exceeded';
const RATES = 'rate_limited';
const MEMBERS = {
  max_budget: [ONE, MONEY],
  budget_limits: [[{ max_budget: ONE, budget_duration: '1mo' }], MONEY],
  model_max_budget: [{ 'test-model': ONE_BY_MODEL, embedding: ONE_BY_MODEL }, MONEY],
  budget_id: ['one', MONEY],
  rpm_limit: [1, RATES],
  tpm_limit: [500, RATES],
  model_rpm_limit: [{ 'test-model': 1, embedding: 1 }, RATES],
  model_tpm_limit: [{ 'test-model': 500, embedding: 500 }, RATES],
  max_parallel_requests: [1, RATES],
} as const satisfies Readonly<Record<string, readonly [value: unknown, reason: string]>>;
type Member = keyof typeof MEMBERS;
const ALL = Object.keys(MEMBERS) as Member[];

/** What calls of someone with these limits have in common. */
interface Caller {
  readonly client: Client;
  readonly body?: Json;
}

describe('every limit of every scope, on chat, completions and embeddings, plain and streamed', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let admin: Client;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream({
      behaviour: { promptTokens: USED.prompt_tokens, completionTokens: USED.completion_tokens },
    });
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      models: models(upstream.url),
      gatehouse: '  spend: { client_abort: cancel }\n',
    });
    admin = Client.admin(gateway.url);
    await post('/budget/new', { budget_id: 'one', max_budget: ONE });
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const post = async (path: string, body: Json): Promise<Json> => {
    const { status, json } = await admin.post<Json>(path, body);
    expect({ status, error: json['error'] }).toEqual({ status: 200, error: undefined });
    return json;
  };
  const keyOf = async (body: Json): Promise<Caller> => ({
    client: new Client(gateway.url, String((await post('/key/generate', body))['key'])),
  });
  const newUser = async (limits: Json = {}): Promise<string> =>
    String((await post('/user/new', { auto_create_key: false, ...limits }))['user_id']);
  const newTeam = async (body: Json = {}): Promise<string> =>
    String((await post('/team/new', body))['team_id']);

  const SCOPES: Readonly<Record<string, (limits: Json) => Promise<Caller>>> = {
    key: keyOf,
    user: async (limits) => keyOf({ user_id: await newUser(limits) }),
    team: async (limits) => keyOf({ team_id: await newTeam(limits) }),
    team_member: async ({ max_budget: max_budget_in_team, ...limits }) => {
      const [team_id, user_id] = [await newTeam(), await newUser()];
      const member = { role: 'user', user_id };
      await post('/team/member_add', { team_id, member, max_budget_in_team, ...limits });
      return keyOf({ team_id, user_id });
    },
    org: async (limits) => {
      const organization_id = randomUUID();
      await post('/organization/new', { organization_id, organization_alias: 'A', ...limits });
      return keyOf({ team_id: await newTeam({ organization_id }) });
    },
    end_user: async (limits) => {
      const user = randomUUID();
      await post('/customer/new', { user_id: user, ...limits });
      return { ...(await keyOf({})), body: { user } };
    },
    tag: async (limits) => {
      const name = randomUUID();
      await post('/tag/new', { name, ...limits });
      return { ...(await keyOf({})), body: { tags: [name] } };
    },
  };
  const ofMembers = ['max_budget', 'rpm_limit', 'tpm_limit'] as const;
  const cases = Object.keys(SCOPES).flatMap((scope) =>
    (scope === 'team_member' ? ofMembers : ALL).map((member) => [scope, member] as const),
  );

  /** Sends the call that passes. Returns what ends it where it goes on meanwhile. */
  const pass = async ({ client, body }: Caller, way: Way, isHeld: boolean): Promise<() => void> => {
    const behaviour = {
      promptTokens: USED.prompt_tokens,
      completionTokens: USED.completion_tokens,
      ...(way.response !== undefined && { body: way.response }),
      ...(isHeld && { hang: 'before-head' as const }),
    };
    upstream.enqueue(behaviour);
    const sent = { ...way.body, ...body };
    if (!isHeld) {
      const { status, text } = await client.post(way.path, sent);
      expect([status, text]).toEqual([200, expect.any(String)]);
      return () => undefined;
    }
    const leaving = new AbortController();
    const before = upstream.records.length;
    const open = client.open('POST', way.path, { body: sent, signal: leaving.signal });
    open.catch(() => undefined);
    await eventually(() => {
      expect(upstream.records).toHaveLength(before + 1);
    });
    return () => {
      leaving.abort();
    };
  };

  it.each(cases)('%s: %s lets one call pass and refuses the next', async (scope, member) => {
    const [value, reason] = MEMBERS[member];
    for (const way of WAYS) {
      const caller = await SCOPES[scope]?.({ [member]: value });
      if (caller === undefined) throw new Error('the scopes of the cases are those of the table');
      const end = await pass(caller, way, member === 'max_parallel_requests');
      const before = upstream.records.length;
      const refused = await caller.client.post(way.path, { ...way.body, ...caller.body });
      end();
      const status = reason === MONEY ? 422 : 429;
      const facts = reason === MONEY ? 'budget' : 'rate_limit';
      expect([way, refused.status, refused.json.error]).toMatchObject([
        way,
        status,
        { reason, [facts]: { scope: member === 'model_max_budget' ? `${scope}_model` : scope } },
      ]);
      expect(upstream.records).toHaveLength(before);
    }
  });
});
