import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { GatewayProcess, temporaryDirectory } from '#support/gateway-process';
import { DEFAULT_JWTAUTH, startGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { KeyServer } from '#support/key-server';
import { answering } from '#support/opaque-harness';

jest.setTimeout(240_000);

const EVENTS = { 'http://schemas.openid.net/event/backchannel-logout': {} };

describe('a back-channel logout without a session', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let gateway: GatewayProcess;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    directory = await temporaryDirectory();
    gateway = await start();
    await Client.admin(gateway.url).post('/team/new', { team_id: 'research' });
  });

  afterAll(async () => {
    gateway.signal('SIGKILL');
    await gateway.end();
    await upstream.close();
    await issuer.stop();
    directory.remove();
  });

  const start = (): Promise<GatewayProcess> =>
    GatewayProcess.start({ issuer, upstreamUrl: upstream.url, dataDir: directory.path });

  const tokenOf = (sub: string, claims: object): Promise<string> =>
    issuer.sign({ sub, email: `${sub}@acme.example`, team: 'research', ...claims });

  async function logOut(sub: string, iat: number, url = gateway.url): Promise<void> {
    const claims = { sub, iat, jti: `logout-${sub}`, aud: 'chat-frontend', events: EVENTS };
    const token = await issuer.sign(claims, { typ: 'logout+jwt' });
    const { status } = await new Client(url, null).send('POST', '/auth/backchannel-logout', {
      body: `logout_token=${token}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(status).toBe(200);
  }

  /** `200`, or the reason of the refusal. */
  async function outcomeOf(token: string, url = gateway.url): Promise<string> {
    const { status, json } = await new Client(url, token).chat();
    return status === 200 ? '200' : json.error.reason;
  }

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'refuses the tokens before it, and no later one, also after a restart by %s',
    async (signal) => {
      const sub = `ann-${signal.toLowerCase()}`;
      const iat = Math.floor(Date.now() / 1_000) - 2;
      const refused = [
        await tokenOf(sub, { iat: iat - 60 }),
        await tokenOf(sub, { iat: iat - 1, auth_time: iat }),
        await tokenOf(sub, { iat, auth_time: iat - 60 }),
        await tokenOf(sub, { iat, sid: 'a-session' }),
        await tokenOf(sub, { iat }),
      ];
      const accepted = [
        await tokenOf(sub, { iat, auth_time: iat }),
        await tokenOf(sub, { iat: iat + 1 }),
        await tokenOf(`bob-${signal.toLowerCase()}`, { iat: iat - 60 }),
      ];
      for (const token of [...refused, ...accepted]) expect(await outcomeOf(token)).toBe('200');
      await logOut(sub, iat);
      const expectHolds = async (): Promise<void> => {
        for (const token of refused) expect(await outcomeOf(token)).toBe('token_revoked');
        for (const token of accepted) expect(await outcomeOf(token)).toBe('200');
      };
      await expectHolds();
      gateway.signal(signal);
      await gateway.end();
      gateway = await start();
      await expectHolds();
      expect(await outcomeOf(await tokenOf(sub, {}))).toBe('200');
    },
  );

  it('orders times with fractions within one second', async () => {
    const iat = Math.floor(Date.now() / 1_000) - 2;
    const before = await tokenOf('zoe', { iat: iat + 0.3 });
    const after = await tokenOf('zoe', { iat: iat + 0.7 });
    await logOut('zoe', iat + 0.5);
    expect(await outcomeOf(before)).toBe('token_revoked');
    expect(await outcomeOf(after)).toBe('200');
  });

  it('explains which token is accepted to the caller of one that is refused by its second alone', async () => {
    const iat = Math.floor(Date.now() / 1_000) - 2;
    const token = await tokenOf('kim', { iat });
    await logOut('kim', iat);
    const { headers } = await new Client(gateway.url, token).chat();
    const id = headers.get('x-gatehouse-decision-id') ?? '';
    const { text } = await Client.admin(gateway.url).get(`/decisions/${id}`);
    expect(text).toContain('neither auth_time nor the provider shows that it came after it');
  });

  it('leaves a token of its second to the introspection endpoint, where there is one', async () => {
    const endpoint = await KeyServer.start();
    const asked = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      jwtauth: `${DEFAULT_JWTAUTH}
  enable_oauth2_auth: true`,
      gatehouse: `
  introspection:
    endpoint: ${endpoint.origin}/introspect
    client_id: gatehouse
    client_secret: a-secret-of-the-gateway
    cache_seconds: 0`,
    });
    try {
      await Client.admin(asked.url).post('/team/new', { team_id: 'research' });
      const iat = Math.floor(Date.now() / 1_000) - 2;
      const token = await tokenOf('lee', { iat });
      await logOut('lee', iat, asked.url);
      endpoint.behaviour = answering({ active: false });
      expect(await outcomeOf(token, asked.url)).toBe('token_revoked');
      // A refusal is remembered for some seconds, so a second token stands in for a later question.
      endpoint.behaviour = answering({ active: true, sub: 'lee', iss: issuer.issuer });
      const other = await tokenOf('lee', { iat, jti: 'of-the-new-session' });
      expect(await outcomeOf(other, asked.url)).toBe('200');
      const before = await tokenOf('lee', { iat: iat - 1 });
      expect(await outcomeOf(before, asked.url)).toBe('token_revoked');
      expect(endpoint.keyFetches).toBe(2);
    } finally {
      await asked.stop();
      await endpoint.stop();
    }
  });
});
