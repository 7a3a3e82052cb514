import { SchedulerRegistry } from '@nestjs/schedule';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { Client } from '#support/client';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

describe('HTTP at its edges', () => {
  let issuer: TestIssuer;
  let gateway: TestGateway;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    gateway = await startGateway({
      issuer,
      upstreamUrl: 'http://127.0.0.1:9',
      env: { SOME_KEY: '', GATEHOUSE_UNSUPPORTED_DEPLOYMENTS: 'omit' },
      models: `
  - model_name: kept
    litellm_params: { model: openai/kept, api_base: "http://127.0.0.1:9/v1", api_key: x }
  - model_name: left-out
    litellm_params: { model: openai/x, api_base: "http://127.0.0.1:9/v1", api_key: os.environ/NOT_SET_ANYWHERE }
  - model_name: not-built
    litellm_params: { model: bedrock/anthropic.claude }`,
    });
  });

  afterAll(async () => {
    await gateway.stop();
    await issuer.stop();
  });

  const exchange = async (request: string): Promise<string> => {
    const { port } = new URL(gateway.url);
    const socket = connect(Number(port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write(request);
    return text(socket);
  };

  it.each([
    ['garbage', 'nonsense\r\n\r\n', 400],
    [
      'a length and a transfer coding',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n',
      400,
    ],
    [
      'headers that are too large',
      `GET / HTTP/1.1\r\nhost: x\r\nx-a: ${'a'.repeat(80_000)}\r\n\r\n`,
      431,
    ],
    ['a request without a host', 'GET /v1/models HTTP/1.1\r\nconnection: close\r\n\r\n', 401],
    [
      'an unknown expectation',
      'GET /v1/models HTTP/1.1\r\nhost: x\r\nexpect: foo\r\nconnection: close\r\n\r\n',
      401,
    ],
  ])('answers %s with the envelope and a request id', async (_name, request, status) => {
    const response = await exchange(request);
    expect(response).toMatch(new RegExp(`^HTTP/1\\.1 ${String(status)} `));
    expect(response.toLowerCase()).toContain('x-request-id: req_');
    expect(response.toLowerCase()).toContain('x-gatehouse-error-source: gateway');
    expect(response).toContain('"reason":');
  });

  it('refuses a bad credential before it invites the body', async () => {
    const response = await exchange(
      'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer a.b.c\r\nexpect: 100-continue\r\ncontent-length: 100\r\n\r\n',
    );
    expect(response).toMatch(/^HTTP\/1\.1 401 /);
  });

  it('invites the body of a good one', async () => {
    const { port } = new URL(gateway.url);
    const socket = connect(Number(port), '127.0.0.1');
    const token = await issuer.sign({ email: 'a@acme.example', team: 'none' });
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\nexpect: 100-continue\r\nconnection: close\r\ncontent-length: 2\r\n\r\n`,
    );
    const [invitation] = (await once(socket, 'data')) as [Buffer];
    expect(invitation.toString()).toMatch(/^HTTP\/1\.1 100 /);
    socket.write('{}');
    expect(await text(socket)).toContain('"reason":');
  });

  it('lists its periodic work by name', () => {
    expect(gateway.gateway.app.get(SchedulerRegistry).getIntervals().toSorted()).toEqual([
      'alerts.run',
      'batches.poll',
      'claims.renew',
      'decisions.flush',
      'health.check',
      'objects.prune',
      'responses.poll',
      'revocation-list.prune',
      'revocations.prune',
    ]);
  });

  it('shows the details of readiness only to administrators', async () => {
    expect((await new Client(gateway.url, null).get('/health/readiness/details')).status).toBe(401);
    const member = new Client(
      gateway.url,
      await issuer.sign({ email: 'a@acme.example', team: 'x' }),
    );
    expect((await member.get('/health/readiness/details')).status).toBe(403);
    const details = await Client.admin(gateway.url).get('/health/readiness/details');
    expect(details.status).toBe(200);
    expect(details.json).toMatchObject({
      omitted_deployments: [
        { model_name: 'left-out', variable: 'NOT_SET_ANYWHERE' },
        { model_name: 'not-built', path: 'model_list[2].litellm_params.model' },
      ],
    });
  });
});
