import { ANTHROPIC_EVENTS } from '#support/anthropic-messages';
import { startCaptureUpstream, type CaptureUpstream } from '#support/capture-upstream';
import { Client } from '#support/client';
import { eventually } from '#support/eventually';
import { bedrockStream } from '#support/fake-bedrock';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

describe('the prefix of Amazon Bedrock', () => {
  const sent = bedrockStream(ANTHROPIC_EVENTS);
  let issuer: TestIssuer;
  let upstream: CaptureUpstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startCaptureUpstream((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
      for (let at = 0; at < sent.length; at += 100) response.write(sent.subarray(at, at + 100));
      response.end();
    });
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      jwtauth: `
    user_id_jwt_field: sub
    team_id_jwt_field: team
    user_id_upsert: true
    team_allowed_routes: [openai_routes, '/bedrock/*']`,
      env: { BEDROCK_API_BASE: upstream.url, BEDROCK_API_KEY: 'upstream-key-of-bedrock' },
    });
    await Client.admin(gateway.url).post('/team/new', { team_id: 'open' });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  it('passes a binary stream on byte for byte, and books what its messages count', async () => {
    const path = '/bedrock/model/eu.anthropic.claude-x-v1:0/invoke-with-response-stream';
    const response = await fetch(`${gateway.url}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await issuer.sign({ sub: 'open', team: 'open' })}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ max_tokens: 100, messages: [] }),
    });
    const received = Buffer.from(await response.arrayBuffer());
    expect([response.status, received.equals(sent)]).toEqual([200, true]);
    expect(response.headers.get('content-type')).toBe('application/vnd.amazon.eventstream');
    const id = response.headers.get('x-litellm-call-id') ?? '';
    const row = await eventually(async () => {
      const { json } = await Client.admin(gateway.url).get<readonly unknown[]>(
        `/spend/logs?request_id=${id}`,
      );
      const [first] = json;
      if (first === undefined) throw new Error('no row yet');
      return first;
    });
    expect(row).toMatchObject({
      ...{ call_type: 'pass_through_endpoint', model: 'eu.anthropic.claude-x-v1:0' },
      ...{ prompt_tokens: 95, completion_tokens: 15, metadata: { usage_source: 'provider' } },
    });
  });
});
