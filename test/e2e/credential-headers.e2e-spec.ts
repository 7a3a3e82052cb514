import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { MASTER_KEY, startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { exchange } from '#support/raw-exchange';

const KEY_HEADERS = [
  'x-litellm-api-key',
  'api-key',
  'x-api-key',
  'x-goog-api-key',
  'ocp-apim-subscription-key',
];

describe('the credential of a request', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let token: string;
  let other: string;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({ issuer, upstreamUrl: upstream.url });
    await Client.admin(gateway.url).post('/team/new', { team_id: 'research' });
    const claims = { email: 'alice@acme.example', team: 'research' };
    [token, other] = await Promise.all([issuer.sign(claims), issuer.sign({ ...claims, jti: '2' })]);
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const filled = (line: string): string =>
    line.replaceAll('TOKEN', token).replaceAll('OTHER', other).replaceAll('MASTER', MASTER_KEY);

  const ask = async (lines: readonly string[], target = '/v1/models'): Promise<number> =>
    (await exchange(gateway.url, [`GET ${target} HTTP/1.1`, ...lines.map(filled)])).status;

  describe('is read from a header of this kind or refused with 401 (threat C13)', () => {
    it.each<[string, number]>([
      ['Authorization: Bearer TOKEN', 200],
      ['authorization: bearer TOKEN', 200],
      ['AUTHORIZATION: BEARER TOKEN', 200],
      ['Authorization: Bearer  TOKEN', 200],
      ['Authorization:Bearer TOKEN   ', 200],
      ['Authorization: \tBearer TOKEN\t', 200],
      ['Authorization: Bearer MASTER', 200],
      ['Authorization: Bearer\tTOKEN', 401],
      ['Authorization: BearerTOKEN', 401],
      ['Authorization: TOKEN', 401],
      ['Authorization: Bearer', 401],
      ['Authorization: Bearer ', 401],
      ['Authorization:', 401],
      ['Authorization: Bearer TOKEN TOKEN', 401],
      ['Authorization: Bearer TOKEN,', 401],
      ['Authorization: Bearer TOKEN, Bearer OTHER', 401],
      ['Authorization: Bearer TOKEN;', 401],
      ['Authorization: Bearer "TOKEN"', 401],
      ['Authorization: Bearer: TOKEN', 401],
      ['Authorization: Bearer token=TOKEN', 401],
      ['Authorization: Bearer\u00a0TOKEN', 401],
      ['Authorization: Bearer TOKEN\u00a0', 401],
      ['Authorization: Basic TOKEN', 401],
      ['Authorization: DPoP TOKEN', 401],
      ['Authorization: Token TOKEN', 401],
      ['Authorization: JWT TOKEN', 401],
      ['Authorization: Bearer null', 401],
      ['Authorization: Bearer undefined', 401],
      ['Authorization: Bearer MASTER.', 401],
      ['Authorization : Bearer TOKEN', 400],
      [' Authorization: Bearer TOKEN', 400],
      ['Authorization: Bearer TO\0KEN', 400],
      ['X: y\r\n Authorization: Bearer TOKEN', 400],
    ])('%j: %i', async (line, status) => {
      expect(await ask([line])).toBe(status);
    });

    it('of 100 KB: 431, and the connection ends', async () => {
      expect(await ask([`Authorization: Bearer ${'a'.repeat(100_000)}`])).toBe(431);
    });

    it.each(KEY_HEADERS)('%s, bare or behind Bearer: 200', async (name) => {
      expect(await ask([`${name}: TOKEN`])).toBe(200);
      expect(await ask([`${name}: Bearer TOKEN`])).toBe(200);
      expect(await ask([`${name}: TOKEN TOKEN`])).toBe(401);
    });

    it.each([
      ['Cookie: access_token=TOKEN; Authorization=Bearer%20TOKEN'],
      ['Proxy-Authorization: Bearer TOKEN'],
      ['X-Forwarded-Access-Token: TOKEN'],
      ['X-Authorization: Bearer TOKEN'],
      ['Api_Key: TOKEN'],
      ['Authorization_: Bearer TOKEN'],
      ['X_Api_Key: TOKEN'],
      ['Forwarded: for=127.0.0.1;authorization=TOKEN'],
    ])('%s is none: 401', async (line) => {
      expect(await ask([line])).toBe(401);
    });
  });

  describe('is one alone: no second one is chosen from, whichever is valid (threat C12)', () => {
    const PLACES = ['Authorization: Bearer ', ...KEY_HEADERS.map((name) => `${name}: `)];
    const pairs = PLACES.flatMap((first) =>
      PLACES.filter((second) => second !== first).map((second) => [first, second] as const),
    );

    it.each(pairs)('%s and %s', async (first, second) => {
      for (const [one, two] of [
        ['TOKEN', 'junk'],
        ['junk', 'MASTER'],
        ['TOKEN', 'OTHER'],
        ['TOKEN', 'MASTER'],
      ]) {
        expect([
          one,
          two,
          await ask([`${first}${String(one)}`, `${second}${String(two)}`]),
        ]).toEqual([one, two, 401]);
      }
      expect(await ask([`${first}TOKEN`, `${second}TOKEN`])).toBe(200);
    });

    it.each([
      ['Authorization: Bearer TOKEN', 'Authorization: Bearer OTHER'],
      ['Authorization: Bearer TOKEN', 'authorization: Bearer TOKEN'],
      ['Authorization: Bearer junk', 'Authorization: Bearer TOKEN'],
      ['Authorization: Basic YTpi', 'x-api-key: TOKEN'],
      ['x-api-key: TOKEN', 'X-API-Key: OTHER'],
    ])('%s and %s', async (first, second) => {
      expect(await ask([first, second])).toBe(401);
    });

    it('a cookie is not a credential, so it changes nothing', async () => {
      expect(await ask(['Authorization: Bearer TOKEN', 'Cookie: access_token=OTHER'])).toBe(200);
    });

    it.each(['access_token', 'access%5ftoken', 'a=b&access_token'])(
      'in the query (%s): 401 with and without one in a header',
      async (name) => {
        const target = `/v1/models?${name}=${token}`;
        expect(await ask([], target)).toBe(401);
        expect(await ask(['Authorization: Bearer TOKEN'], target)).toBe(401);
      },
    );

    it('in a form is none', async () => {
      const type = 'Content-Type: application/x-www-form-urlencoded';
      const line = 'POST /v1/chat/completions HTTP/1.1';
      const { status } = await exchange(gateway.url, [line, type], `access_token=${token}`);
      expect(status).toBe(401);
    });
  });

  it('that is refused never reaches the upstream, nor makes a row', async () => {
    const before = upstream.records.length;
    const body = JSON.stringify({ model: 'test-model', messages: [] });
    const strange = await issuer.sign({
      sub: 'strange',
      email: 'x@acme.example',
      team: 'research',
    });
    for (const lines of [
      [`Authorization: Bearer ${strange}`, `X-Api-Key: ${token}`],
      [`Authorization: Basic ${strange}`],
      [`Cookie: token=${strange}`],
    ]) {
      const head = ['POST /v1/chat/completions HTTP/1.1', 'Content-Type: application/json'];
      expect((await exchange(gateway.url, [...head, ...lines], body)).status).toBe(401);
    }
    expect(upstream.records).toHaveLength(before);
    const found = await Client.admin(gateway.url).get('/user/info?user_id=strange');
    expect(found.status).toBe(404);
  });
});
