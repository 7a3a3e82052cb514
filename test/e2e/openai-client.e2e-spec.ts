import OpenAI from 'openai';
import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

describe('the official openai client with a token as its key', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let openai: OpenAI;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({ issuer, upstreamUrl: upstream.url });
    await Client.admin(gateway.url).post('/team/new', { team_id: 'research' });
    openai = new OpenAI({
      baseURL: `${gateway.url}/v1`,
      apiKey: await issuer.sign({ email: 'alice@acme.example', team: 'research' }),
    });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  it('gets a plain answer with its usage', async () => {
    const answer = await openai.chat.completions.create({
      model: 'test-model',
      messages: [{ role: 'user', content: 'hello' }],
    });
    expect(answer.choices[0]?.message.content).toEqual(expect.any(String));
    expect(answer.usage?.total_tokens).toBeGreaterThan(0);
  });

  it('gets a streamed answer to its end', async () => {
    const stream = await openai.chat.completions.create({
      model: 'test-model',
      stream: true,
      messages: [{ role: 'user', content: 'hello' }],
    });
    let finish: string | null = null;
    for await (const chunk of stream) finish = chunk.choices[0]?.finish_reason ?? finish;
    expect(finish).toBe('stop');
  });

  it('sees the models', async () => {
    const models = await openai.models.list();
    expect(models.data.map(({ id }) => id)).toEqual(['test-model']);
  });

  it('gets the typed error of a refusal', async () => {
    const stranger = new OpenAI({
      baseURL: `${gateway.url}/v1`,
      apiKey: 'nonsense',
      maxRetries: 0,
    });
    await expect(stranger.models.list()).rejects.toMatchObject({ status: 401, type: 'auth_error' });
  });
});
