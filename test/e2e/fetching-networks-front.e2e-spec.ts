import { brotliCompressSync, gzipSync } from 'node:zlib';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { MASTER_KEY, startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { post } from '#support/raw-client';
import { exchange } from '#support/raw-exchange';

const PAGE = 'https://app.example';
const LIMIT = 100_000;
const BEARER = { authorization: `Bearer ${MASTER_KEY}` };

describe('requests as browsers, proxies and thrifty clients send them', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      gatehouse: `  server: { body_limit_bytes: ${String(LIMIT)} }\n`,
      env: { SERVER_ROOT_PATH: '/llm', LITELLM_CORS_ORIGINS: `${PAGE}, https://other.example` },
    });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const chat = (body: Buffer, headers: Record<string, string>, path = '/v1/chat/completions') =>
    post(`${gateway.url}${path}`, body, { ...BEARER, ...headers }).answer();
  const BODY = Buffer.from(
    JSON.stringify({ model: 'test-model', messages: [{ role: 'user', content: 'hello' }] }),
  );

  describe('a compressed body', () => {
    it.each([
      ['gzip', gzipSync(BODY)],
      ['br', brotliCompressSync(BODY)],
      ['identity', BODY],
    ])('(%s) is evaluated and relayed decoded', async (coding, body) => {
      const response = await chat(body, { 'content-encoding': coding });
      expect(response.status).toBe(200);
      const record = upstream.records.at(-1);
      expect(JSON.parse(record?.requestBytes.toString() ?? '')).toMatchObject({
        messages: [{ content: 'hello' }],
      });
      expect(record?.headers['content-encoding']).toBeUndefined();
    });

    it('is 413 by its decoded size, for relayed and for administrative routes', async () => {
      const bomb = gzipSync(Buffer.alloc(LIMIT * 50, ' '));
      expect(bomb.length).toBeLessThan(LIMIT);
      for (const path of ['/v1/chat/completions', '/team/new']) {
        const response = await chat(bomb, { 'content-encoding': 'gzip' }, path);
        expect(response.status).toBe(413);
        expect(JSON.parse(response.text).error.reason).toBe('body_too_large');
      }
    });

    it.each(['gzip', 'compress', 'gzip, br'])('that is not %s is 400', async (coding) => {
      const response = await chat(BODY, { 'content-encoding': coding });
      expect(response.status).toBe(400);
      expect(JSON.parse(response.text).error.param).toBe('content-encoding');
    });
  });

  describe('a target', () => {
    const get = (target: string, ...headers: string[]) =>
      exchange(gateway.url, [`GET ${target} HTTP/1.1`, ...headers]);
    const KEY = `Authorization: Bearer ${MASTER_KEY}`;

    it.each([
      'http://gateway.example/v1/models',
      'HTTPS://gateway.example:8443/models',
      'http://gateway.example/llm/v1/models',
      '/llm/v1/models',
      '/llm/health/liveliness',
      '/v1/models',
    ])('%s is found', async (target) => {
      expect((await get(target, KEY)).status).toBe(200);
    });

    it.each(['http://gateway.example/v1/models', '/llm/v1/models', '/llm/team/list'])(
      '%s is not open to anonymous callers',
      async (target) => {
        expect((await get(target)).status).toBe(401);
      },
    );

    it.each(['http://gateway.example/nothing', '/llmx/v1/models', '/llm/llm/v1/models'])(
      '%s is 404',
      async (target) => {
        expect((await get(target, KEY)).status).toBe(404);
      },
    );

    it('names its host and prefix in the challenge', async () => {
      const { text } = await get('http://gateway.example/v1/models');
      expect(text).toContain('http://gateway.example/.well-known/oauth-protected-resource/llm');
    });
  });

  describe('a page of another origin', () => {
    const call = (origin: string, init: RequestInit = {}) =>
      fetch(`${gateway.url}/v1/models`, {
        ...init,
        headers: { origin, ...(init.headers as Record<string, string>) },
      });

    it.each([PAGE, 'https://other.example'])('(%s) may call when it is listed', async (origin) => {
      const preflight = await call(origin, {
        method: 'OPTIONS',
        headers: {
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type',
        },
      });
      expect(preflight.status).toBe(204);
      expect(preflight.headers.get('access-control-allow-origin')).toBe(origin);
      expect(preflight.headers.get('access-control-allow-headers')).toBe(
        'authorization,content-type',
      );
      const response = await call(origin, { headers: BEARER });
      expect(response.status).toBe(200);
      expect(response.headers.get('access-control-allow-origin')).toBe(origin);
      expect(response.headers.get('access-control-allow-credentials')).toBeNull();
      expect((await call(origin)).headers.get('access-control-allow-origin')).toBe(origin);
    });

    it.each(['https://evil.example', 'null', `${PAGE}.evil.example`, 'http://app.example'])(
      '(%s) may not call when it is not listed',
      async (origin) => {
        const response = await call(origin, { headers: BEARER });
        expect(response.headers.get('access-control-allow-origin')).toBeNull();
        expect(response.headers.get('vary')).toMatch(/origin/i);
        const preflight = await call(origin, {
          method: 'OPTIONS',
          headers: { 'access-control-request-method': 'POST' },
        });
        expect(preflight.status).toBeGreaterThanOrEqual(400);
      },
    );
  });
});
