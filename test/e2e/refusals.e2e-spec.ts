import { randomUUID } from 'node:crypto';
import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { GatewayProcess, temporaryDirectory } from '#support/gateway-process';
import { AUDIENCE, TestIssuer } from '#support/issuer';

jest.setTimeout(180_000);

const MARKER = 'marker-4711';

/** Headers of tokens that are signed well and refused all the same. */
const KEY_IDS: readonly unknown[] = [
  `../../${MARKER}`,
  `${MARKER}'; SELECT pg_sleep(5); --`,
  `${MARKER}\r\n{"msg":"request","path":"/forged"}`,
  `\u001b[2J\u001b]0;${MARKER}\u0007`,
  `${MARKER}\0`,
  `\ud800${MARKER}`,
  '${jndi:ldap://127.0.0.1:9/' + MARKER + '}',
  `%s%n${MARKER}`,
  { $ne: MARKER },
  [MARKER],
  7,
  `${MARKER}${'k'.repeat(6_000)}`,
];

describe('refusals of a running program', () => {
  let issuer: TestIssuer;
  let stranger: TestIssuer;
  let upstream: FakeUpstream;
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let gateway: GatewayProcess;

  beforeAll(async () => {
    [issuer, stranger] = await Promise.all([TestIssuer.start(), TestIssuer.start()]);
    upstream = await startFakeUpstream();
    directory = await temporaryDirectory();
    gateway = await GatewayProcess.start({
      issuer,
      upstreamUrl: upstream.url,
      dataDir: directory.path,
    });
  });

  afterAll(async () => {
    directory.remove();
    await upstream.close();
    await issuer.stop();
    await stranger.stop();
  });

  /** Tokens that differ in why they are refused, each with a text that must come back nowhere. */
  async function refusedTokens(): Promise<string[]> {
    const claims = { email: `${MARKER}@acme.example`, team: MARKER, sub: MARKER };
    const sign = (over: object = {}, header: object = {}): Promise<string> =>
      issuer.sign({ ...claims, jti: randomUUID(), ...over }, { ...header });
    const good = await sign();
    const [head = '', payload = '', signature = ''] = good.split('.');
    return [
      ...(await Promise.all(KEY_IDS.map((kid) => sign({}, { kid })))),
      await sign({ aud: MARKER }),
      await sign({ aud: null }),
      await sign({ exp: null }),
      await sign({ nbf: 4_000_000_000 }),
      await sign({}, { typ: MARKER }),
      await stranger.sign({ ...claims, iss: issuer.issuer, aud: AUDIENCE }),
      `${head}.${payload}.${signature.slice(0, -4)}AAAA`,
      `${head}.${payload}.`,
      `${head}.${MARKER}.${signature}`,
      `${Buffer.from(JSON.stringify({ alg: 'none', kid: MARKER })).toString('base64url')}.${payload}.AAAA`,
      `${Buffer.from(JSON.stringify({ alg: MARKER })).toString('base64url')}.${payload}.AAAA`,
    ];
  }

  it('look alike, quote nothing, and are one line of the log each (threats J07 and J20)', async () => {
    const tokens = await refusedTokens();
    const bodies = new Set<string>();
    const ids: string[] = [];
    for (const token of tokens) {
      const start = performance.now();
      const response = await new Client(gateway.url, token).chat();
      expect(performance.now() - start).toBeLessThan(3_000);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"');
      expect(JSON.stringify([...response.headers])).not.toContain(MARKER);
      bodies.add(response.text);
      ids.push(response.headers.get('x-request-id') ?? '');
    }
    expect(bodies.size).toBe(1);
    expect([...bodies].join()).not.toContain(MARKER);
    expect(Buffer.byteLength([...bodies].join())).toBeLessThan(1_024);
    expect(upstream.records).toHaveLength(0);
    const admin = Client.admin(gateway.url);
    expect((await admin.get<{ total: number }>('/user/list')).json.total).toBe(0);

    const { code, stdout, stderr } = await gateway.stop();
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout.split('\n').filter(Boolean);
    const records = lines.map((line) => JSON.parse(line) as { requestId?: string; msg?: string });
    for (const id of ids) {
      expect(records.filter(({ requestId }) => requestId === id)).toHaveLength(1);
    }
    expect(stdout).not.toContain(MARKER);
    expect(stdout).not.toContain('/forged');
    for (const token of tokens) {
      for (const part of token.split('.').filter((one) => one.length > 12)) {
        expect(stdout).not.toContain(part);
      }
    }
  });
});
