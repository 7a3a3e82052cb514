import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { exchange } from '#support/raw-exchange';

/** Routes of administrators, with what is called. */
const PROTECTED = [
  ['POST', '/team/new'],
  ['POST', '/user/new'],
  ['POST', '/key/update'],
  ['POST', '/auth/explain'],
  ['GET', '/user/list'],
  ['GET', '/revocations'],
  ['GET', '/health/readiness/details'],
] as const;

/** Other spellings of a path, each of which some router or proxy takes for the same. */
const SPELLINGS: readonly ((path: string) => string)[] = [
  (path) => path,
  (path) => `${path}/`,
  (path) => `/${path}`,
  (path) => path.replace(/^\/(\w+)\//, '/$1//'),
  (path) => `/.${path}`,
  (path) => `/v1/..${path}`,
  (path) => `/v1/models/../..${path}`,
  (path) => `/v1/chat/completions/..${path}`,
  (path) => `/v1/models/..%2f..${path}`,
  (path) => `/v1/models/%2e%2e/%2e%2e${path}`,
  (path) => `/v1/models/..;/..;${path}`,
  (path) => path.replaceAll('/', '%2f').replace('%2f', '/'),
  (path) => path.replaceAll('/', '%2F'),
  (path) => path.replaceAll('/', '%252f').replace('%252f', '/'),
  (path) => path.replaceAll('/', '\\'),
  (path) => path.replaceAll('/', '%5c').replace('%5c', '/'),
  (path) => path.toUpperCase(),
  (path) => path.replace(/^\/(.)/, (_all, first: string) => `/${first.toUpperCase()}`),
  (path) =>
    path.replace(/^\/(.)/, (_all, first: string) => `/%${first.charCodeAt(0).toString(16)}`),
  (path) => `${path};x=/v1/models`,
  (path) => `${path};.json`,
  (path) => `${path}.json`,
  (path) => `${path}%00`,
  (path) => `${path}%20`,
  (path) => `${path}%0a`,
  (path) => `${path}?route=/v1/models`,
  (path) => `${path}#/v1/models`,
  (path) => `${path}%3f/v1/models`,
  (path) => `/v1${path}`,
  (path) => `/openai${path}`,
  (path) => `/openai/deployments/m${path}`,
  (path) => `/engines/m${path}`,
  (path) => `http://gateway${path}`,
  (path) => `http://127.0.0.1/v1/models${path}`,
  (path) => `${path}/%2e%2e/v1/models`,
];

/** Headers by which something in front tells what was asked for; each would name a route that is open to the caller. */
const OVERRIDES = [
  'X-Original-URL: /v1/models',
  'X-Rewrite-URL: /v1/models',
  'X-Forwarded-Uri: /v1/models',
  'X-Forwarded-Prefix: /v1/models',
  'X-Forwarded-Path: /v1/models',
  'X-Original-URI: /v1/models',
  'X-HTTP-Method-Override: GET',
  'X-HTTP-Method: GET',
  'X-Method-Override: GET',
  'Forwarded: for=127.0.0.1;proto=https',
  'X-Forwarded-For: 127.0.0.1',
  'X-Real-IP: 127.0.0.1',
  'Connection: close, authorization',
];

describe('routes under other names', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let member: string;
  let root: string;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({ issuer, upstreamUrl: upstream.url });
    await Client.admin(gateway.url).post('/team/new', {
      team_id: 'research',
      models: ['test-model', 'other/*'],
    });
    const email = 'x@acme.example';
    member = await issuer.sign({ sub: 'member', team: 'research', email });
    root = await issuer.sign({ sub: 'root', scope: 'litellm_proxy_admin', email });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const send = async (
    line: string,
    token: string | null,
    more: readonly string[] = [],
    body = '',
  ): Promise<number> => {
    const head = [
      line,
      ...(token === null ? [] : [`Authorization: Bearer ${token}`]),
      ...(body === '' ? [] : ['Content-Type: application/json']),
      ...more,
    ];
    return (await exchange(gateway.url, head, body)).status;
  };

  const expectRefused = (what: string, status: number): void => {
    expect([
      what,
      [400, 401, 403, 404, 405, 431, 501].includes(status) ? 'refused' : status,
    ]).toEqual([what, 'refused']);
  };

  it.each(PROTECTED)('%s %s is refused under every spelling (threat A12)', async (method, path) => {
    for (const spelled of SPELLINGS.map((spell) => spell(path))) {
      const body = method === 'POST' ? '{}' : '';
      for (const token of [member, null]) {
        const line = `${method} ${spelled} HTTP/1.1`;
        expectRefused(line, await send(line, token, [], body));
      }
    }
  });

  it.each(PROTECTED)(
    '%s %s is refused, also where headers name another route',
    async (method, path) => {
      const body = method === 'POST' ? '{}' : '';
      for (const header of OVERRIDES) {
        const line = `${method} ${path} HTTP/1.1`;
        expectRefused(`${line} ${header}`, await send(line, member, [header], body));
        const open = await send('GET /v1/models HTTP/1.1', member, [
          header.replace('/v1/models', path).replace('GET', method),
        ]);
        expect([header, open]).toEqual([header, 200]);
      }
    },
  );

  it('methods without a handler open nothing, and HEAD is evaluated as GET', async () => {
    for (const method of ['OPTIONS', 'TRACE', 'PUT', 'PATCH', 'DELETE', 'PROPFIND']) {
      const line = `${method} /user/list HTTP/1.1`;
      for (const token of [member, null]) expectRefused(line, await send(line, token));
    }
    // Nothing is tunnelled: the connection ends without an answer.
    expect(await send('CONNECT /user/list HTTP/1.1', member)).toBe(0);
    expect(await send('HEAD /user/list HTTP/1.1', member)).toBe(403);
    expect(await send('HEAD /user/list HTTP/1.1', null)).toBe(401);
    expect(await send('HEAD /user/list HTTP/1.1', root)).toBe(200);
    expect(await send('HEAD /v1/models HTTP/1.1', member)).toBe(200);
  });

  it('a call of models under another spelling reaches no upstream', async () => {
    const before = upstream.records.length;
    const body = JSON.stringify({ model: 'test-model', messages: [] });
    for (const spell of SPELLINGS.slice(1)) {
      const line = `POST ${spell('/v1/chat/completions')} HTTP/1.1`;
      for (const token of [root, null]) expectRefused(line, await send(line, token, [], body));
    }
    expect(upstream.records).toHaveLength(before);
  });

  it('unknown paths are 404 without a word about permissions', async () => {
    for (const token of [member, root, null]) {
      expect(await send('GET /no/such/route HTTP/1.1', token)).toBe(404);
      expect(await send('POST /team/no-such HTTP/1.1', token, [], '{}')).toBe(404);
    }
  });

  describe('the model that is evaluated is the one that is called (threat A11)', () => {
    const chat = async (body: string, path = '/v1/chat/completions'): Promise<number> =>
      send(`POST ${path} HTTP/1.1`, member, [], body);
    const called = (): string | undefined => upstream.records.at(-1)?.model;
    const rest = '"messages":[{"role":"user","content":"x"}]';

    it.each([
      '{"messages":[]}',
      `{"model":null,${rest}}`,
      `{"model":"",${rest}}`,
      `{"model":["test-model"],${rest}}`,
      `{"model":{"id":"test-model"},${rest}}`,
      `{"model":7,${rest}}`,
      `{"model":true,${rest}}`,
      `{"Model":"test-model",${rest}}`,
      `{"model ":"test-model",${rest}}`,
      `{"model":"test-model","model":"forbidden",${rest}}`,
      `{"model":"forbidden","model":"test-model",${rest}}`,
      `{"model":"test-model","mod\\u0065l":"forbidden",${rest}}`,
      `{"mod\\u0065l":"test-model",${rest}}`,
      `{"model":"forbidden",${rest}}`,
      `{"model":"TEST-MODEL",${rest}}`,
      `{"model":"test-model ",${rest}}`,
      `{"model":"test-model\\u0000",${rest}}`,
      `{"model":"*",${rest}}`,
      `{"model":"test-*",${rest}}`,
      `{"model":"openai/test-model",${rest}}`,
      `{"model":"other/../forbidden",${rest}}`,
      `{"model":"all-team-models",${rest}}`,
      `{"model":"test-model,forbidden",${rest}}`,
      `{"body":{"model":"test-model"},${rest}}`,
      `[{"model":"test-model",${rest}}]`,
    ])('or nothing is called: %s', async (body) => {
      const before = upstream.records.length;
      expect([400, 403]).toContain(await chat(body));
      expect(upstream.records).toHaveLength(before);
    });

    it('also where the query, a header or a nested member names another', async () => {
      const body = `{"model":"test-model","extra":{"model":"forbidden"},${rest}}`;
      expect(await chat(body, '/v1/chat/completions?model=forbidden')).toBe(200);
      expect(called()).toBe('test-model');
      const line = 'POST /v1/chat/completions HTTP/1.1';
      expect(await send(line, member, ['X-Model: forbidden', 'OpenAI-Model: x'], body)).toBe(200);
      expect(called()).toBe('test-model');
    });

    it('of the path where that names one, and a body that names another is refused', async () => {
      const before = upstream.records.length;
      const forbidden = `{"model":"forbidden",${rest}}`;
      const granted = `{"model":"test-model",${rest}}`;
      const bare = `{${rest}}`;
      expect(await chat(bare, '/engines/test-model/chat/completions')).toBe(200);
      expect(called()).toBe('test-model');
      expect(await chat(granted, '/openai/deployments/forbidden/chat/completions')).not.toBe(200);
      expect(await chat(bare, '/openai/deployments/forbidden/chat/completions')).toBe(403);
      const status = await chat(forbidden, '/openai/deployments/test-model/chat/completions');
      expect(status === 200 ? called() : status).not.toBe('forbidden');
      for (const path of ['test%2dmodel', 'test-model%00', '..%2ftest-model']) {
        const response = await chat(bare, `/engines/${path}/chat/completions`);
        expect(response === 200 ? called() : 'refused').toMatch(/^(test-model|refused)$/);
      }
      expect(upstream.records.length - before).toBeLessThanOrEqual(3);
    });

    it('not of a form or of plain text', async () => {
      const before = upstream.records.length;
      const form = '--b\r\nContent-Disposition: form-data; name="model"\r\n\r\ntest-model\r\n--b--';
      for (const [type, body] of [
        ['multipart/form-data; boundary=b', form],
        ['application/x-www-form-urlencoded', 'model=test-model'],
        ['text/plain', 'test-model'],
      ] as const) {
        const head = ['POST /v1/chat/completions HTTP/1.1', `Authorization: Bearer ${member}`];
        const { status } = await exchange(gateway.url, [...head, `Content-Type: ${type}`], body);
        expect([400, 415]).toContain(status);
      }
      expect(upstream.records).toHaveLength(before);
    });
  });
});
