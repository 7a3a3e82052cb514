import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

const ROOT = join(import.meta.dirname, '../..');
const run = promisify(execFile);

describe('a client example', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let env: Record<string, string>;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({ issuer, upstreamUrl: upstream.url });
    await Client.admin(gateway.url).post('/team/new', { team_id: 'research' });
    env = {
      PATH: process.env['PATH'] ?? '',
      GATEHOUSE: gateway.url,
      MODEL: 'test-model',
      TOKEN: await issuer.sign({ email: 'alice@acme.example', team: 'research' }),
    };
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  it('with the openai client gets models, an answer and a stream', async () => {
    const example = join(ROOT, 'examples/openai-sdk/chat.mjs');
    const { stdout } = await run(process.execPath, [example], { env, cwd: ROOT });
    expect(stdout).toMatch(/^models: test-model\nplain: \S.*\nstreamed: \S.*\n$/s);
  });

  it('with curl gets an answer with its headers, and a stream to its end', async () => {
    const { stdout } = await run('sh', [join(ROOT, 'examples/curl/chat.sh')], { env });
    expect(stdout).toContain('"chat.completion"');
    for (const header of ['x-request-id', 'x-gatehouse-decision-id', 'x-litellm-response-cost']) {
      expect(stdout.toLowerCase()).toContain(`${header}: `);
    }
    expect(stdout.trimEnd().endsWith('data: [DONE]')).toBe(true);
  });
});
