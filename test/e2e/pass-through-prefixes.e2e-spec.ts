import {
  COMPLETION,
  startCaptureUpstream,
  type CaptureAnswer,
  type CaptureUpstream,
} from '#support/capture-upstream';
import { Client, type Answer } from '#support/client';
import { eventually } from '#support/eventually';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { exchange } from '#support/raw-exchange';

interface SpendRow {
  readonly call_type: string;
  readonly model: string;
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly metadata: { readonly usage_source: string };
}

const CHAT = { model: 'gpt-4o', messages: [{ role: 'user', content: 'hello' }] };
const KEY = 'upstream-key-of-openai';

describe('the prefix of a provider', () => {
  let issuer: TestIssuer;
  let upstream: CaptureUpstream;
  let gateway: TestGateway;
  let answer: CaptureAnswer | null = null;
  let callers: Readonly<Record<'open' | 'limited' | 'admin', Client>>;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startCaptureUpstream((request, response) => {
      if (answer !== null) answer(request, response);
      else response.writeHead(200, { 'content-type': 'application/json' }).end(COMPLETION);
    });
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      jwtauth: `
    user_id_jwt_field: sub
    team_id_jwt_field: team
    user_id_upsert: true
    team_allowed_routes: [openai_routes, '/openai/*', '/anthropic/*', '/gemini/*', '/cohere/*']`,
      env: {
        OPENAI_API_BASE: `${upstream.url}/v1`,
        OPENAI_API_KEY: KEY,
        ANTHROPIC_API_BASE: upstream.url,
        ANTHROPIC_API_KEY: KEY,
        GEMINI_API_BASE: upstream.url,
        GEMINI_API_KEY: KEY,
      },
    });
    const admin = Client.admin(gateway.url);
    await admin.post('/team/new', { team_id: 'open' });
    await admin.post('/team/new', { team_id: 'limited', models: ['gpt-4o'] });
    const as = async (team: string) =>
      new Client(gateway.url, await issuer.sign({ sub: team, team }));
    callers = { open: await as('open'), limited: await as('limited'), admin };
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  beforeEach(() => {
    answer = null;
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

  it('sends the bytes of the client with the credential of the provider, and books what the response counts', async () => {
    const body = `{ "model":"gpt-4o",  "messages":[], "seed": 1.0 }`;
    const response = await callers.open.send('POST', '/openai/v1/chat/completions?a=b', { body });
    expect([response.status, response.text]).toEqual([200, COMPLETION]);
    const { method, target, headers, body: sent } = upstream.last();
    expect([method, target, sent.toString()]).toEqual(['POST', '/v1/chat/completions?a=b', body]);
    expect(headers.authorization).toBe(`Bearer ${KEY}`);
    expect(response.headers.get('x-litellm-model-group')).toBe('gpt-4o');
    expect(await rowOf(response)).toMatchObject({
      call_type: 'pass_through_endpoint',
      prompt_tokens: 10,
      completion_tokens: 2,
      metadata: { usage_source: 'provider' },
    });
  });

  it.each([
    ['GET', undefined],
    ['DELETE', undefined],
    ['PUT', Buffer.from([0, 255, 123, 13, 10])],
    ['PATCH', 'plain text'],
    ['POST', '[1,2]'],
    ['POST', '{"a":1}\n{"a":2}'],
  ])('takes %s with any body, byte for byte', async (method, body) => {
    const headers = { 'content-type': 'application/x-anything' };
    const options = body === undefined ? {} : { body, headers };
    const response = await callers.open.send(method, '/openai/v1/files/one', options);
    expect(response.status).toBe(200);
    const seen = upstream.last();
    expect([seen.method, seen.target]).toEqual([method, '/v1/files/one']);
    expect(seen.body).toEqual(Buffer.from(body ?? ''));
    expect(seen.headers['content-type']).toBe(
      body === undefined ? undefined : headers['content-type'],
    );
    expect((await rowOf(response)).model).toBe('/openai');
  });

  it('is for callers with a list of models only where the model can be read and is granted', async () => {
    const { limited } = callers;
    const cases: readonly (readonly [path: string, body: object, status: number])[] = [
      ['/openai/v1/chat/completions', CHAT, 200],
      ['/openai/chat/completions', CHAT, 200],
      ['/openai/v1/chat/completions', { ...CHAT, model: 'o3' }, 403],
      ['/openai/V1/Chat/Completions', { ...CHAT, model: 'o3' }, 403],
      ['/openai/v1/batches', { model: 'gpt-4o' }, 403],
      ['/openai/v1/threads/runs', { model: 'gpt-4o' }, 403],
    ];
    for (const [path, body, status] of cases) {
      upstream.clear();
      const response = await limited.post(path, body);
      const explained = await explain('limited', path, body);
      expect([path, body, response.status < 400]).toEqual([path, body, status === 200]);
      expect([path, body, explained.allowed]).toEqual([path, body, status === 200]);
      expect(upstream.requests).toHaveLength(status === 200 ? 1 : 0);
    }
    expect((await callers.open.post('/openai/v1/batches', {})).status).toBe(200);
    const nameless = await callers.open.post('/openai/v1/chat/completions', { messages: [] });
    expect([nameless.status, nameless.json.error.reason]).toEqual([400, 'request_invalid']);
  });

  const explain = async (team: string, route: string, body: object) => {
    const { model } = body as { readonly model?: string };
    const response = await callers.admin.post<{ readonly allowed: boolean }>('/auth/explain', {
      token: await issuer.sign({ sub: team, team }),
      route,
      ...(model === undefined ? {} : { model }),
    });
    return response.json;
  };

  it('says which variable is missing where the provider has no credential, and which path is open to no team', async () => {
    const response = await callers.open.post('/cohere/v2/chat', CHAT);
    expect([response.status, response.json.error.reason]).toEqual([404, 'not_found']);
    expect(response.text).toMatch(/COHERE_API_KEY.* is set/);
    expect((await callers.open.post('/mistral/v1/chat/completions', CHAT)).status).toBe(403);
    expect((await new Client(gateway.url, null).get('/openai/v1/files')).status).toBe(401);
    expect(upstream.requests).toEqual([]);
  });

  it.each([
    '/openai/../v1/files',
    '/openai/%2e%2e/v1/files',
    '/openai/a%2fb',
    '/openai//evil.example/',
    '/openai/a%5cb',
  ])('is not left by %s', async (path) => {
    const authorization = `Authorization: Bearer ${await issuer.sign({ sub: 'open', team: 'open' })}`;
    const { status } = await exchange(gateway.url, [`GET ${path} HTTP/1.1`, authorization]);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(upstream.requests).toEqual([]);
  });

  it('follows no redirect, and answers a refusal of its own credential with 502', async () => {
    answer = (_request, response) => {
      response.writeHead(302, { location: `${upstream.url}/elsewhere` }).end();
    };
    expect((await callers.open.get('/openai/v1/files')).status).toBe(502);
    expect(upstream.requests).toHaveLength(1);
    answer = (_request, response) => response.writeHead(401).end('{}');
    const refused = await callers.open.get('/openai/v1/files');
    expect([refused.status, refused.json.error.reason]).toEqual([
      502,
      'upstream_credential_rejected',
    ]);
    answer = (_request, response) =>
      response
        .writeHead(429, { 'content-type': 'application/json', 'retry-after': '1' })
        .end('{"error":1}');
    const limited = await callers.open.post('/openai/v1/chat/completions', CHAT);
    expect([limited.status, limited.text, limited.headers.get('retry-after')]).toEqual([
      429,
      '{"error":1}',
      null,
    ]);
    expect(upstream.requests).toHaveLength(3);
  });

  it('shows the client the headers of the response, and none of a connection, an account or a credential', async () => {
    answer = (_request, response) =>
      response
        .writeHead(200, {
          'content-type': 'application/json',
          'x-vendor': 'shown',
          'x-echo': `Bearer ${KEY}`,
          'set-cookie': 'a=b',
          'www-authenticate': 'Basic',
          'x-api-key': 'echoed',
          'openai-organization': 'org-1',
          connection: 'x-hop, keep-alive',
          'x-hop': 'one',
          'access-control-allow-origin': '*',
          location: 'https://elsewhere.example',
        })
        .end('{}');
    const { headers } = await callers.open.get('/openai/v1/files');
    expect(headers.get('x-vendor')).toBe('shown');
    const withheld =
      'x-echo set-cookie www-authenticate x-api-key openai-organization x-hop access-control-allow-origin location';
    for (const name of withheld.split(' ')) expect([name, headers.get(name)]).toEqual([name, null]);
  });

  it('passes bytes on as they come, and cuts the client where the upstream is cut', async () => {
    let goOn: () => void = () => undefined;
    answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream' });
      response.write(Buffer.from([1, 2, 3]));
      goOn = () => response.end(Buffer.from([4]));
    };
    const response = await callers.open.open('GET', '/openai/v1/files/one/content');
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    expect((await reader.read()).value).toEqual(Uint8Array.of(1, 2, 3));
    goOn();
    expect((await reader.read()).value).toEqual(Uint8Array.of(4));
    expect((await reader.read()).done).toBe(true);
    answer = (_request, cut) => {
      cut.writeHead(200, { 'content-type': 'audio/mpeg' });
      cut.write(Buffer.from([1]), () => cut.destroy());
    };
    await expect(callers.open.get('/openai/v1/files/one/content')).rejects.toThrow();
  });

  it('relays events as they come and books the usage of the last', async () => {
    const events = [
      'data: {"choices":[{"index":0,"delta":{"content":"hi"},"finish_reason":"stop"}]}\n\n',
      'data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":1,"total_tokens":8}}\n\n',
      'data: [DONE]\n\n',
    ].join('');
    answer = (_request, response) =>
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(events);
    const response = await callers.open.post('/openai/v1/chat/completions', {
      ...CHAT,
      stream: true,
    });
    expect([response.status, response.text]).toEqual([200, events]);
    expect(await rowOf(response)).toMatchObject({ prompt_tokens: 7, completion_tokens: 1 });
  });

  const GENERATE = '/gemini/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse';
  const ANTHROPIC = { type: 'error', error: { reason: expect.any(String) as string } };
  const GOOGLE = {
    error: { code: expect.any(Number) as number, status: expect.any(String) as string },
  };

  it.each([
    ['/openai/v1/chat/completions', '', { error: { code: '502' } }],
    ['/anthropic/v1/messages', 'event: error\n', { type: 'error', error: { type: 'api_error' } }],
    [GENERATE, '', { error: { code: 502, status: 'UNAVAILABLE' } }],
    ['/gemini/v1beta/openai/chat/completions', '', { error: { code: '502' } }],
  ])(
    'ends a stream that is cut at %s as clients of its provider read it',
    async (path, name, error) => {
      answer = (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write('data: {"a":1}\n\n', () => response.destroy());
      };
      const { text } = await callers.open.post(path, { ...CHAT, stream: true });
      const [first, last = ''] = text.split('\n\n');
      expect(first).toBe('data: {"a":1}');
      expect(last.startsWith(`${name}data: `)).toBe(true);
      expect(JSON.parse(last.slice(name.length + 6))).toMatchObject(error);
    },
  );

  it.each([
    ['/anthropic/v1/messages', ANTHROPIC],
    [GENERATE, GOOGLE],
  ])('refuses at %s in the form of its provider', async (path, form) => {
    const withoutToken = await new Client(gateway.url, null).post(path, CHAT);
    const forbidden = await callers.limited.post(path.replace('gemini-2.5-pro', 'o3'), {
      ...CHAT,
      model: 'o3',
    });
    answer = (_request, response) => response.writeHead(401).end('{}');
    const refusals = [withoutToken, forbidden, await callers.open.post(path, CHAT)];
    expect(refusals.map(({ status }) => status)).toEqual([401, 403, 502]);
    for (const { json } of refusals) expect(json).toMatchObject(form);
  });
});
