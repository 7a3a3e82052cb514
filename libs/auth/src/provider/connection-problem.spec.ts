import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { aCertificate, aTestAuthority, type TestCertificate } from '#support/certificate';
import { connectionProblem } from './connection-problem.js';
import { SettingsStore, settingsFromYaml } from '#libs/config';
import { DocumentFetcher } from './document-fetcher.js';

const CA = aTestAuthority();
const fetcher = new DocumentFetcher(new SettingsStore(settingsFromYaml('')));
const servers: Server[] = [];

afterAll(async () => {
  await fetcher.onModuleDestroy();
  for (const server of servers) server.close();
});

/** The problem of fetching from a server with this certificate. */
async function problemWith(certificate: TestCertificate): Promise<unknown> {
  const server = createServer(certificate, (_request, response) => response.end('{}'));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(`https://localhost:${String((server.address() as AddressInfo).port)}/keys`);
  const limits = { maxBytes: 100, signal: AbortSignal.timeout(5_000) };
  return fetcher.fetch(url, limits).then(
    () => null,
    (error: unknown) => (error as { context: { problem: unknown } }).context.problem,
  );
}

describe('a provider whose TLS certificate cannot be accepted is named with the remedy', () => {
  test.each<[string, () => TestCertificate, RegExp]>([
    ['self-signed', () => aCertificate(), /certificate is self-signed: .*NODE_EXTRA_CA_CERTS/],
    [
      'of an unknown CA',
      () => aCertificate({ issuer: CA }),
      /from a CA that is not trusted here: .*NODE_EXTRA_CA_CERTS/,
    ],
    ['expired', () => aCertificate({ hours: -1 }), /certificate has expired/],
  ])('%s', async (_name, make, problem) => {
    expect(await problemWith(make())).toMatch(problem);
  });

  test('for another host name, although its CA is trusted', async () => {
    const before = getCACertificates('default');
    setDefaultCACertificates([...before, CA.cert]);
    try {
      expect(await problemWith(aCertificate({ issuer: CA }))).toBeNull();
      expect(await problemWith(aCertificate({ issuer: CA, host: 'id.example' }))).toMatch(
        /for another host name/,
      );
    } finally {
      setDefaultCACertificates(before);
    }
  });
});

describe('an error of the connection', () => {
  const coded = (code: string, options?: ErrorOptions): Error =>
    Object.assign(new Error('written by a library', options), { code });

  test.each([
    ['SELF_SIGNED_CERT_IN_CHAIN', /CA that is not trusted/],
    ['CERT_NOT_YET_VALID', /not valid yet/],
    ['CERT_REVOKED', /revoked/],
    ['EPROTO', /does not speak TLS/],
    ['ENOTFOUND', /host name cannot be resolved/],
    ['EAI_AGAIN', /host name cannot be resolved/],
    ['ECONNREFUSED', /connection is refused/],
  ])('%s is described in words, also as a cause and among several errors', (code, words) => {
    expect(connectionProblem(coded(code))).toMatch(words);
    expect(connectionProblem(new TypeError('failed', { cause: coded(code) }))).toMatch(words);
    expect(
      connectionProblem(new AggregateError([new Error('x'), coded(code)], 'all failed')),
    ).toMatch(words);
  });

  test('that is not known quotes nothing', () => {
    const circular = coded('ODD');
    circular.cause = circular;
    for (const error of [circular, new Error('secret'), 'secret', null]) {
      expect(connectionProblem(error)).toBe('it cannot be reached');
    }
  });
});
