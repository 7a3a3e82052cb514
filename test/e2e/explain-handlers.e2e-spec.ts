import type { DecisionRecord } from '#libs/auth';
import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { MASTER_KEY, startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

const CHAT = 'POST /v1/chat/completions';

/** A call and what its handler says to it. */
interface Handled {
  readonly route: string;
  readonly body: object;
  readonly status: number;
  readonly reason: string | null;
}

const modelsAt = (url: string): string => `
  - model_name: priced
    litellm_params:
      model: openai/priced
      api_base: ${url}/v1
      api_key: upstream-secret
      input_cost_per_token: 0.000001
      output_cost_per_token: 0.000001
  - model_name: unpriced
    litellm_params: { model: openai/of-no-price-list, api_base: ${url}/v1, api_key: secret }
  - model_name: left-out
    litellm_params: { model: openai/gpt-4o, api_key: os.environ/NOT_SET_ANYWHERE }`;

describe('explanations of calls that no guard refuses', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let token: string;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      models: modelsAt(upstream.url),
      gatehouse: '  spend: { unpriced_models: deny }\n',
    });
    await Client.admin(gateway.url).post('/team/new', { team_id: 'research' });
    token = await issuer.sign({ email: 'alice@acme.example', team: 'research' });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const explained = async (route: string, body: object, bearer = token) => {
    const [method, path] = route.split(' ');
    const question = { token: bearer, method, route: path, ...body };
    const admin = Client.admin(gateway.url);
    return (await admin.post<DecisionRecord>('/auth/explain', question)).json;
  };
  const made = async (route: string, body: object, bearer = token) => {
    const [method = '', path = ''] = route.split(' ');
    const { body: members = {}, ...beside } = body as { readonly body?: object };
    const sent = { messages: [{ role: 'user', content: 'hello' }], ...members, ...beside };
    const options = method === 'POST' ? { body: sent } : {};
    return new Client(gateway.url, bearer).send(method, path, options);
  };

  const handled: [name: string, Handled][] = [
    [
      'a model that is served',
      { route: CHAT, body: { model: 'priced' }, status: 200, reason: null },
    ],
    [
      'a model that does not exist',
      { route: CHAT, body: { model: 'nowhere' }, status: 400, reason: 'model_unknown' },
    ],
    [
      'a model without a price',
      { route: CHAT, body: { model: 'unpriced' }, status: 403, reason: 'price_unknown' },
    ],
    [
      'a model left out',
      { route: CHAT, body: { model: 'left-out' }, status: 503, reason: 'no_deployment_available' },
    ],
    ['no model', { route: CHAT, body: {}, status: 400, reason: 'request_invalid' }],
    [
      'a model name beyond its length',
      { route: CHAT, body: { model: 'm'.repeat(300) }, status: 400, reason: 'request_invalid' },
    ],
    [
      'a model in the path',
      {
        route: 'POST /engines/nowhere/chat/completions',
        body: {},
        status: 400,
        reason: 'model_unknown',
      },
    ],
    ['a listed model', { route: 'GET /v1/models/priced', body: {}, status: 200, reason: null }],
    [
      'a model of no list',
      { route: 'GET /v1/models/no%2Fwhere', body: {}, status: 404, reason: 'not_found' },
    ],
    [
      'a listed model that is left out',
      { route: 'GET /models/left-out', body: {}, status: 404, reason: 'not_found' },
    ],
  ];

  it.each(handled)(
    'name what the handler says to %s',
    async (_name, { route, body, status, reason }) => {
      const { allowed, ...said } = await explained(route, body);
      expect([allowed, said.status, said.reason]).toEqual([true, status, reason]);
      const response = await made(route, body);
      expect(response.status).toBe(status);
      if (reason !== null) expect(response.json.error.reason).toBe(reason);
    },
  );

  const foreign: [string, object][] = [
    ['POST /v1/fine_tuning/jobs', { model: 'priced', training_file: 'file-x' }],
    ['POST /v1/fine_tuning/jobs', { model: 'priced', validation_file: 'file-x' }],
    ['POST /v1/batches', { input_file_id: 'file-x' }],
    ['POST /v1/vector_stores', { file_ids: ['file-x'] }],
    ['POST /v1/vector_stores/vs_x/files', { file_id: 'file-x' }],
    ['POST /v1/vector_stores/vs_x/file_batches', { file_ids: ['file-x'] }],
    ['POST /v1/responses', { model: 'priced', input: 'x', previous_response_id: 'resp_x' }],
    ['POST /v1/responses', { model: 'priced', input: 'x', conversation: 'conv_x' }],
    ['POST /v1/responses', { model: 'priced', input: [{ type: 'item_reference', id: 'msg_x' }] }],
    [
      'POST /v1/responses',
      {
        model: 'priced',
        input: 'x',
        tools: [{ type: 'file_search', vector_store_ids: ['vs_x'] }],
      },
    ],
    [
      CHAT,
      {
        model: 'priced',
        messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'file-x' } }] }],
      },
    ],
    ['POST /v1/audio/speech', { model: 'priced', input: 'x', voice: { id: 'voice_x' } }],
    ['GET /v1/responses/resp_x', {}],
    ['DELETE /v1/responses/resp_x', {}],
    ['GET /v1/responses/resp_x/input_items', {}],
    ['POST /v1/responses/resp_x/cancel', {}],
    ['GET /v1/files/file-x/content', {}],
    ['DELETE /v1/files/file-x', {}],
    ['POST /v1/batches/batch_x/cancel', {}],
    ['GET /v1/fine_tuning/jobs/ftjob-x', {}],
    ['GET /v1/vector_stores/vs_x', {}],
  ];

  it.each(foreign)('say that ids of others are not found: %s %j', async (route, body) => {
    const { allowed, ...said } = await explained(route, { body });
    expect([allowed, said.status, said.reason]).toEqual([true, 404, 'not_found']);
    const response = await made(route, { body });
    expect([response.status, response.json.error.reason]).toEqual([404, 'not_found']);
  });

  it('say of a model whose deployments are all left out that none ever takes a call', async () => {
    const { text } = await made(CHAT, { model: 'left-out' });
    expect(text).toContain('Every deployment of this model is left out');
  });

  it('say what would help where the reason alone tells it, there and behind the answer', async () => {
    const { remedy } = await explained(CHAT, { model: 'nowhere' });
    expect(remedy).toBe('add a deployment of that `model_name` to `model_list`');
    const response = await made(CHAT, { model: 'nowhere' });
    const id = response.headers.get('x-gatehouse-decision-id') ?? '';
    const decision = await Client.admin(gateway.url).get<DecisionRecord>(`/decisions/${id}`);
    expect(decision.json).toMatchObject({ allowed: true, reason: 'model_unknown', remedy });
  });

  const REASONS: Readonly<Record<number, string>> = { 404: 'not_found', 405: 'method_not_allowed' };

  const unguarded: [string, string, number][] = [
    ['a route without a handler', 'POST /v1/assistants', 404],
    ['a method without a handler', 'GET /v1/chat/completions', 405],
    ['a path that is not in normal form', 'GET //v1/models', 404],
    ['a path that is not a route', 'POST /v1/chat/nothing', 404],
    ['an operation that is not built', 'POST /v1beta/models/gemini:embedContent', 404],
    ['an operation with a name like an id', 'POST /v1/responses/input_tokens', 404],
    ['a method of an id', 'PUT /v1/responses/resp_x', 405],
    ['a version in capitals', 'GET /V1/models', 404],
    ['a route in capitals', 'GET /v1/Models', 404],
    ['a route of administrators in capitals', 'POST /Team/new', 404],
    ['an open route in capitals', 'GET /Health/liveness', 404],
    ['a route with an encoded letter', 'GET /v1/model%73', 404],
    ['two slashes within', 'GET /v1//models', 404],
    ['two slashes at the end', 'GET /v1/files//', 404],
    ['a parameter of the path', 'GET /v1/models;a=b', 404],
    ['the probe of readiness', 'GET /health/readiness', 200],
    ['the probe of life', 'GET /health/liveness', 200],
    ['the metadata of the resource', 'GET /.well-known/oauth-protected-resource/any/thing', 200],
  ];

  it.each(unguarded)('need no credential for %s, like the call', async (_name, route, status) => {
    const { principal, steps, ...said } = await explained(route, { model: 'priced' }, 'forged');
    expect([said.status, said.reason]).toEqual([status, REASONS[status] ?? null]);
    expect([principal, steps.map(({ outcome }) => outcome)]).toEqual([null, ['skipped']]);
    expect((await made(route, { model: 'priced' }, 'forged')).status).toBe(status);
  });

  it.each(unguarded)('allow %s only where it needs no credential', async (_name, route, status) => {
    const forged = await explained(route, { model: 'priced' }, 'forged');
    expect(forged.allowed).toBe(status === 200);
  });

  it('allow a route without a handler that a list grants to the caller', async () => {
    const { allowed, status } = await explained('POST /v1/assistants', { model: 'priced' });
    expect([allowed, status]).toEqual([true, 404]);
  });

  it('know that the description of the API is open', async () => {
    expect(await explained('GET /openapi.json', {}, 'forged')).toMatchObject({ status: 200 });
  });

  it.each(['GET /v1/files/%66ile-x', 'GET /v1/models/a/b'])(
    'are right about a path that the router reads more generously than the guards: %s',
    async (route) => {
      for (const bearer of [token, MASTER_KEY, 'forged']) {
        const { status } = await made(route, {}, bearer);
        expect((await explained(route, {}, bearer)).status).toBe(status);
        if (bearer !== 'forged') expect(status).toBe(404);
      }
    },
  );

  it.each(['GET /v1/models', 'GET /v1/models/', 'HEAD /models', 'GET /v1/models?a=/b'])(
    'find the handler of %s',
    async (route) => {
      expect(await explained(route, {})).toMatchObject({ status: 200, allowed: true });
      expect((await made(route, {})).status).toBe(200);
    },
  );
});
