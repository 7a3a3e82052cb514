import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { aCertificate, aTestAuthority } from '#support/certificate';
import { startFakeProxy, type FakeProxy } from '#support/fake-proxy';
import { settingsFromYaml, type NetworkSettings } from '#libs/config';
import { certificateProblems } from './certificates.js';
import { OutboundDispatcher } from './outbound-dispatcher.js';

const CA = aTestAuthority('Private CA');
const OTHER = aTestAuthority('Another CA');

describe('a private certificate authority', () => {
  let directory: string;
  let server: Server;
  let proxy: FakeProxy;
  let port: number;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'gatehouse-ca-'));
    server = createServer(aCertificate({ host: 'llm.example', issuer: CA }), (_request, response) =>
      response.end('hello'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
    proxy = await startFakeProxy({ 'llm.example': port });
  });

  afterAll(async () => {
    await proxy.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(directory, { recursive: true, force: true });
  });

  const file = (name: string, content: string): string => {
    const path = join(directory, name);
    writeFileSync(path, content);
    return path;
  };
  const networkOf = (path: string | null, env: Record<string, string> = {}): NetworkSettings =>
    settingsFromYaml('', { ...(path === null ? {} : { SSL_CERT_FILE: path }), ...env }).network;
  const ask = async (network: NetworkSettings): Promise<string> => {
    const dispatcher = new OutboundDispatcher(network);
    try {
      const { body } = await request('https://llm.example/', { dispatcher });
      return await body.text();
    } finally {
      await dispatcher.destroy();
    }
  };
  const throughProxy = () => ({ HTTPS_PROXY: proxy.url });

  it('is trusted, alone or in a bundle', async () => {
    const alone = networkOf(file('ca.pem', CA.cert), throughProxy());
    await expect(ask(alone)).resolves.toBe('hello');
    const bundle = file('bundle.pem', `# two\n${OTHER.cert}\n${CA.cert}`);
    await expect(ask(networkOf(bundle, throughProxy()))).resolves.toBe('hello');
  });

  it('is not trusted unless it is named', async () => {
    await expect(ask(networkOf(null, throughProxy()))).rejects.toThrow(/certificate/);
    const other = file('other.pem', OTHER.cert);
    await expect(ask(networkOf(other, throughProxy()))).rejects.toThrow(/certificate/);
  });

  it('is not replaced by NODE_TLS_REJECT_UNAUTHORIZED=0', async () => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      await expect(ask(networkOf(null, throughProxy()))).rejects.toThrow(/certificate/);
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
  });

  const problems = (path: string): unknown[] => [
    ...certificateProblems(settingsFromYaml(`litellm_settings: { ssl_verify: ${path} }`)),
  ];

  it.each([
    ['that is missing', null, 'cannot be read'],
    ['without a certificate', 'hello', 'without a certificate'],
    [
      'with a damaged certificate',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
      'damaged',
    ],
  ])('in a file %s refuses the start', (_what, content, message) => {
    const path = content === null ? join(directory, 'none.pem') : file('bad.pem', content);
    expect(problems(path)).toMatchObject([
      { path: 'litellm_settings.ssl_verify', message: expect.stringContaining(message) },
    ]);
  });

  it('in a good file does not', () => {
    expect(problems(file('good.pem', CA.cert))).toEqual([]);
    expect(certificateProblems(settingsFromYaml(''))).toEqual([]);
  });
});
