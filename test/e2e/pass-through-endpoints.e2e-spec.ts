import { COMPLETION, startCaptureUpstream, type CaptureUpstream } from '#support/capture-upstream';
import { Client, type Answer } from '#support/client';
import { eventually } from '#support/eventually';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

interface SpendRow {
  readonly call_type: string;
  readonly model: string;
  readonly spend: number;
  readonly status: string;
  readonly team_id: string;
  readonly metadata: { readonly is_priced: boolean };
}

const COST = 0.04;

/** Some providers report a usage beside the error. */
const REFUSAL = '{"error":{"message":"no"},"usage":{"prompt_tokens":3,"completion_tokens":1}}';

describe('a configured endpoint', () => {
  let issuer: TestIssuer;
  let upstream: CaptureUpstream;
  let gateway: TestGateway;
  let callers: Readonly<Record<'member' | 'limited' | 'poor' | 'admin' | 'anonymous', Client>>;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startCaptureUpstream((request, response) => {
      const status = Number(/as=(\d+)/.exec(request.target)?.[1] ?? 200);
      const isEmpty = status === 204 || request.target.includes('empty');
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(isEmpty ? '' : status < 400 ? COMPLETION : REFUSAL);
    });
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      jwtauth: `
    user_id_jwt_field: sub
    team_id_jwt_field: team
    user_id_upsert: true
    team_allowed_routes: [openai_routes, /bria, /bria/*, /reports, /free, /slow]
  pass_through_endpoints:
    - path: /bria
      target: ${upstream.url}/engine?tenant=own&mode=fast
      headers: { Authorization: Bearer os.environ/BRIA_TOKEN, x-fixed: "yes" }
      default_query_params: { mode: slow, region: eu }
      include_subpath: true
      cost_per_request: ${String(COST)}
    - { path: /reports, target: '${upstream.url}/get', methods: [GET] }
    - { path: /reports, target: '${upstream.url}/post', methods: POST, cost_per_request: 0 }
    - { path: /closed, target: '${upstream.url}/closed' }
    - { path: /open, target: '${upstream.url}/open', auth: false, include_subpath: true, cost_per_request: 1e-3 }
    - { path: /open/inner, target: '${upstream.url}/inner' }`,
      env: { BRIA_TOKEN: 'upstream-key-of-bria' },
    });
    const admin = Client.admin(gateway.url);
    await admin.post('/team/new', { team_id: 'member' });
    await admin.post('/team/new', { team_id: 'limited', models: ['test-model'] });
    await admin.post('/team/new', { team_id: 'poor', max_budget: COST * 1.5 });
    const as = async (team: string) =>
      new Client(gateway.url, await issuer.sign({ sub: team, team }));
    callers = {
      member: await as('member'),
      limited: await as('limited'),
      poor: await as('poor'),
      admin,
      anonymous: new Client(gateway.url, null),
    };
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  beforeEach(() => {
    upstream.clear();
  });

  const rowOf = async ({ headers }: Answer<unknown>): Promise<SpendRow> => {
    const id = headers.get('x-litellm-call-id') ?? '';
    return eventually(async () => {
      const { json } = await callers.admin.get<readonly SpendRow[]>(`/spend/logs?request_id=${id}`);
      const [row] = json;
      if (row === undefined) throw new Error('no row yet');
      return row;
    });
  };

  const explain = async (team: string, route: string, body: object = {}) => {
    const { model } = body as { readonly model?: string };
    const response = await callers.admin.post<{ readonly status: number }>('/auth/explain', {
      token: await issuer.sign({ sub: team, team }),
      route,
      ...(model === undefined ? {} : { model }),
    });
    return response.json;
  };

  it.each(['/bria/text', '/v1/chat/completions'])(
    'reads a JSON object at %s as UTF-8, also where its type has another charset, and so does the upstream',
    async (path) => {
      const body = '{"model":"test-model","messages":[{"role":"user","content":"é"}]}';
      const headers = { 'content-type': 'application/json; charset=utf-7' };
      expect((await callers.limited.send('POST', path, { body, headers })).status).toBe(200);
      expect(upstream.last().headers['content-type']).toBe('application/json');
    },
  );

  it('takes a body in UTF-16 for any bytes, which no route of a model accepts', async () => {
    const body = Buffer.from('{"model":"test-model","messages":[]}', 'utf16le');
    const headers = { 'content-type': 'application/json; charset=utf-16le' };
    expect((await callers.member.send('POST', '/bria', { body, headers })).status).toBe(200);
    const { headers: sent, body: got } = upstream.last();
    expect([sent['content-type'], got]).toEqual([headers['content-type'], body]);
    for (const path of ['/v1/chat/completions', '/v1/embeddings']) {
      const { status, json } = await callers.member.send('POST', path, { body, headers });
      expect([path, status, json.error.reason]).toEqual([path, 400, 'request_invalid']);
    }
    expect(upstream.requests).toHaveLength(1);
  });

  it('sends a request to its target, with its headers and parameters, and books its cost', async () => {
    const body = '{ "prompt":"a cat" }';
    const response = await callers.member.send('POST', '/bria/v1/text-to-image?seed=1&region=us', {
      body,
      headers: { 'content-type': 'application/json', 'x-fixed': 'no', 'x-own': 'kept here' },
    });
    expect(response.status).toBe(200);
    const { method, target, headers, body: sent } = upstream.last();
    expect([method, target, sent.toString()]).toEqual([
      'POST',
      '/engine/v1/text-to-image?seed=1&region=us&mode=fast&tenant=own',
      body,
    ]);
    expect([headers.authorization, headers['x-fixed'], headers['x-own']]).toEqual([
      'Bearer upstream-key-of-bria',
      'yes',
      undefined,
    ]);
    expect(await rowOf(response)).toMatchObject({
      call_type: 'pass_through_endpoint',
      model: '/bria',
      spend: COST,
      team_id: 'member',
      metadata: { is_priced: true, usage_source: 'provider' },
    });
  });

  it('holds its cost against budgets beforehand, and refuses a call that they cannot pay', async () => {
    const { poor } = callers;
    expect((await poor.post('/bria', {})).status).toBe(200);
    const refused = await poor.post('/bria', {});
    expect([refused.status, refused.json.error.reason]).toEqual([422, 'budget_exceeded']);
    expect((await explain('poor', '/bria')).status).toBe(422);
    expect(upstream.requests).toHaveLength(1);
  });

  it('has for each method its own target and cost: a cost of 0 is a price, none at all is unpriced', async () => {
    const read = await callers.member.get('/reports');
    const written = await callers.member.post('/reports', {});
    expect(upstream.requests.map(({ target }) => target)).toEqual(['/get', '/post']);
    expect((await rowOf(read)).metadata.is_priced).toBe(false);
    expect((await rowOf(written)).metadata.is_priced).toBe(true);
    const other = await callers.member.send('DELETE', '/reports');
    expect([other.status, other.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
    expect((await callers.member.get('/reports/below')).status).toBe(404);
  });

  it.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])(
    'costs the same for each %s that its upstream serves, and nothing for one that it refuses',
    async (method) => {
      const costs: number[] = [];
      for (const query of ['', '?empty=1', '?as=204', '?as=400', '?as=503']) {
        const answer = await callers.member.send(method, `/bria/any${query}`);
        const row = await rowOf(answer);
        expect(row.status).toBe(answer.status < 400 ? 'success' : 'failure');
        costs.push(row.spend);
      }
      expect(costs).toEqual([COST, COST, COST, 0, 0]);
    },
  );

  it('is open to callers whose lists of routes name it alone, also to those with a list of models', async () => {
    const cases: readonly (readonly [
      team: 'member' | 'limited',
      path: string,
      body: object,
      status: number,
    ])[] = [
      ['member', '/bria', {}, 200],
      ['member', '/closed', {}, 403],
      ['limited', '/bria/any', {}, 200],
      ['limited', '/bria', { model: 'test-model' }, 200],
      ['limited', '/bria', { model: 'o3' }, 403],
      ['member', '/bria', { model: 'o3' }, 200],
    ];
    for (const [team, path, body, status] of cases) {
      const response = await callers[team].post(path, body);
      const explained = await explain(team, path, body);
      expect([team, path, body, response.status, explained.status]).toEqual([
        team,
        path,
        body,
        status,
        status,
      ]);
    }
    expect((await callers.anonymous.post('/bria', {})).status).toBe(401);
    expect((await callers.admin.post('/closed', {})).status).toBe(200);
  });

  it('is open to everybody with auth: false alone, and its calls are recorded', async () => {
    const response = await callers.anonymous.post('/open/deep/er', { a: 1 });
    expect([response.status, upstream.last().target]).toEqual([200, '/open/deep/er']);
    expect((await rowOf(response)).spend).toBe(0.001);
    const junk = await new Client(gateway.url, 'junk').get('/open');
    expect([junk.status, JSON.stringify(upstream.last().headers)]).toEqual([
      200,
      expect.not.stringContaining('junk'),
    ]);
    expect((await callers.anonymous.get('/open/inner')).status).toBe(401);
    expect((await callers.member.get('/open/inner')).status).toBe(403);
    expect((await rowOf(await callers.member.get('/open'))).team_id).toBe('member');
  });

  it('takes x-litellm-api-key beside an Authorization of the client, which is not sent on', async () => {
    const token = await issuer.sign({ sub: 'member', team: 'member' });
    const headers = { 'x-litellm-api-key': token, authorization: 'Bearer own-key-at-bria' };
    const response = await callers.anonymous.send('POST', '/bria', { body: '{}', headers });
    expect(response.status).toBe(200);
    expect(upstream.last().headers.authorization).toBe('Bearer upstream-key-of-bria');
    expect(upstream.last().text).not.toContain('own-key-at-bria');
    const model = await callers.anonymous.send('POST', '/v1/chat/completions', {
      body: '{}',
      headers,
    });
    expect([model.status, model.json.error.reason]).toEqual([401, 'credential_ambiguous']);
  });

  it('sends no path that contains the credential of the request, also percent-encoded or without its end', async () => {
    const token = await issuer.sign({ sub: 'member', team: 'member' });
    const client = new Client(gateway.url, token);
    for (const path of [
      `/bria/${token}`,
      `/bria/x-${encodeURIComponent(token)}/y`,
      `/bria/${token.slice(0, -1)}`,
    ]) {
      expect((await client.post(path, {})).status).toBe(400);
    }
    expect(upstream.requests).toEqual([]);
  });

  it.each(['/bria/../closed', '/bria/%2e%2e/closed', '/bria/a%2fb', '/Bria', '/bria//x'])(
    'is not left by %s',
    async (path) => {
      expect((await callers.member.post(path, {})).status).toBeGreaterThanOrEqual(400);
      expect(upstream.requests).toEqual([]);
    },
  );
});
