import { Client, type Answer } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

describe('what a person meets over HTTP', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;

  const ask = (method: string, path: string): Promise<Answer> =>
    new Client(gateway.url, null).send(method, path);

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({ issuer, upstreamUrl: upstream.url });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  it.each([
    ['GET', '/v1/chat/completions', 'POST'],
    ['DELETE', '/v1/models', 'GET, HEAD'],
    ['POST', '/health/readiness', 'GET, HEAD'],
    ['PUT', '/team/new', 'POST'],
    ['POST', '/', 'GET, HEAD'],
    ['POST', '/openapi.json', 'GET, HEAD'],
  ])('%s %s is 405 and says which methods the path has', async (method, path, allow) => {
    const response = await ask(method, path);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allow);
    expect(response.json.error).toMatchObject({
      type: 'bad_request_error',
      code: '405',
      reason: 'method_not_allowed',
    });
  });

  it.each(['/v1/assistants', '/v1/skills', '/model/new'])(
    'POST %s is 404 and says that this route of LiteLLM is not built',
    async (path) => {
      const { status, json } = await ask('POST', path);
      expect(status).toBe(404);
      expect(json.error).toMatchObject({
        reason: 'not_found',
        message: expect.stringMatching(new RegExp(`^POST ${path} is not a route.*LiteLLM has`)),
      });
    },
  );

  it('answers HEAD as GET where only GET is routed', async () => {
    expect((await ask('HEAD', '/health/liveliness')).status).toBe(200);
  });

  it('shows at / a page whose links work and whose words say nothing of this installation', async () => {
    const page = await ask('GET', '/');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const links = [...page.text.matchAll(/href="([^"]+)"/g)].map(([, href = '']) => `/${href}`);
    expect(links).toEqual(expect.arrayContaining(['/docs', '/health/readiness', '/favicon.ico']));
    // The document itself is made of decorators that this test's compiler writes differently.
    for (const link of links.filter((one) => one !== '/openapi.json'))
      expect([link, (await ask('GET', link)).status]).toEqual([link, 200]);
    expect(page.text).toContain('docs/README.md');
    expect(page.text).not.toMatch(/127\.0\.0\.1|\d+\.\d+\.\d+/);
  });

  it('has an icon that browsers can show', async () => {
    const icon = await fetch(`${gateway.url}/favicon.ico`);
    expect(icon.headers.get('content-type')).toBe('image/x-icon');
    const bytes = Buffer.from(await icon.arrayBuffer());
    expect([...bytes.subarray(0, 6)]).toEqual([0, 0, 1, 0, 1, 0]);
    expect(bytes.subarray(23, 26).toString()).toBe('PNG');
  });

  it.each([
    ['/', "default-src 'none'"],
    ['/docs', "script-src 'self'"],
    ['/docs/swagger-ui.css', "script-src 'self'"],
    ['/v1/models', "default-src 'none'"],
  ])('forbids foreign content and frames on %s', async (path, directive) => {
    const { headers } = await ask('GET', path);
    const policy = headers.get('content-security-policy');
    expect(policy).toContain(directive);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe-eval|script-src[^;]*unsafe-inline|\*/);
    expect(headers.get('x-frame-options')).toBe('DENY');
  });

  it('serves /docs without any script of its own in the page, which the policy would stop', async () => {
    const { text } = await ask('GET', '/docs');
    const scripts = [...text.matchAll(/<script([^>]*)>([\s\S]*?)<\/script>/g)];
    expect(scripts.length).toBeGreaterThan(0);
    for (const [, attributes = '', body = ''] of scripts) {
      expect(attributes).toContain('src="./docs/');
      expect(body.trim()).toBe('');
    }
  });
});
