import OpenAI from 'openai';
import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { FAKE_SOUND } from '#support/fake-operations';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

interface SpendRow {
  readonly call_type: string;
  readonly spend: number;
}

const HELLO = [{ role: 'user' as const, content: 'hello' }];
const STREAM = { model: 'test-model', stream: true as const };

async function drained(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const event of stream) expect(event).toBeDefined();
}

function soundFile(): File {
  return new File([Buffer.alloc(64)], 'a.mp3');
}

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
    const response = await openai.chat.completions.create({
      model: 'test-model',
      messages: [{ role: 'user', content: 'hello' }],
    });
    expect(response.choices[0]?.message.content).toEqual(expect.any(String));
    expect(response.usage?.total_tokens).toBeGreaterThan(0);
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

  it.each([true, false])(
    'gets the upstream’s very bytes in a stream when it asks for usage itself (CRLF: %p)',
    async (isCrlf) => {
      const token = await issuer.sign({ email: 'alice@acme.example', team: 'research' });
      const response = await new Client(gateway.url, token).chat('bytes', {
        stream: true,
        stream_options: { include_usage: true },
        ...upstream.behaviour({ chunks: 9, splitEvery: 7, lineEnd: isCrlf ? '\r\n' : '\n' }),
      });
      expect(response.text).toBe(upstream.records.at(-1)?.sent.toString());
    },
  );

  it('gets the upstream’s bytes without the usage event when it did not ask for usage', async () => {
    const token = await issuer.sign({ email: 'alice@acme.example', team: 'research' });
    const response = await new Client(gateway.url, token).chat('bytes', { stream: true });
    const sent = upstream.records.at(-1)?.sent.toString() ?? '';
    const events = sent.split('\n\n').filter((event) => !event.includes('"choices":[]'));
    expect(events.length).toBe(sent.split('\n\n').length - 1);
    expect(response.text).toBe(events.join('\n\n'));
  });

  it('gets a response, plain and streamed', async () => {
    const input = 'hello';
    const plain = await openai.responses.create({ model: 'test-model', input, store: false });
    expect([plain.output_text, plain.usage?.output_tokens]).toEqual(['w0 w1 w2', 3]);
    const types: string[] = [];
    let text = '';
    for await (const event of await openai.responses.create({
      model: 'test-model',
      input,
      stream: true,
    })) {
      types.push(event.type);
      if (event.type === 'response.output_text.delta') text += event.delta;
    }
    expect([types[0], types.at(-1), text]).toEqual([
      'response.created',
      'response.completed',
      'w0 w1 w2',
    ]);
    const compacted = await openai.responses.compact({ model: 'test-model', input });
    expect(compacted.object).toBe('response.compaction');
  });

  it('gets a typed error of a response in the background that nothing keeps', async () => {
    const request = { model: 'test-model', input: 'x', background: true, store: false };
    const call = openai.responses.create(request);
    await expect(call).rejects.toMatchObject({ status: 400, param: 'background' });
  });

  it('gets moderations, images and speech', async () => {
    const model = 'test-model';
    const moderation = await openai.moderations.create({ model, input: 'hello' });
    expect(moderation.results).toHaveLength(1);
    const prompt = 'a cat';
    const images = await openai.images.generate({ model, prompt, n: 2 });
    expect([images.data?.length, images.usage?.output_tokens]).toEqual([2, 3]);
    let completed = 0;
    for await (const event of await openai.images.generate({ model, prompt, stream: true }))
      if (event.type === 'image_generation.completed') completed += event.usage.output_tokens;
    expect(completed).toBe(3);
    const speech = await openai.audio.speech.create({ model, voice: 'alloy', input: 'hello' });
    expect(Buffer.from(await speech.arrayBuffer()).equals(FAKE_SOUND)).toBe(true);
  });

  it('books each operation once, exactly', async () => {
    const admin = Client.admin(gateway.url);
    const rows = (await admin.get<SpendRow[]>('/spend/logs?team_id=research')).json;
    const costs = (type: string) =>
      rows.filter((row) => row.call_type === type).map(({ spend }) => spend);
    const [responses, compact] = [costs('aresponses'), costs('acompact_responses')];
    expect([responses.length, compact.length]).toEqual([2, 1]);
    // 8 × 0.00000123 + 3 × 0.00000777
    for (const cost of [...responses, ...compact]) expect(cost).toBeCloseTo(0.00003315, 12);
    expect(costs('aimage_generation')).toEqual([responses[0], responses[0]]);
    expect([costs('amoderation').length, costs('aspeech').length]).toEqual([1, 1]);
  });

  it.each<[string, number, () => PromiseLike<AsyncIterable<unknown>>]>([
    ['chat', 700, () => openai.chat.completions.create({ ...STREAM, messages: HELLO })],
    ['text completion', 700, () => openai.completions.create({ ...STREAM, prompt: 'x' })],
    ['response', 700, () => openai.responses.create({ ...STREAM, input: 'x' })],
    ['picture', 700, () => openai.images.generate({ ...STREAM, prompt: 'x', partial_images: 2 })],
    [
      'transcription',
      150,
      () => openai.audio.transcriptions.create({ ...STREAM, file: soundFile() }),
    ],
  ])('throws the gateway’s error in the midst of a %s', async (_what, cutAfterBytes, start) => {
    upstream.enqueue({ cutAfterBytes, chunks: 20 });
    const stream = await start();
    const thrown = await drained(stream).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(OpenAI.APIError);
    // An error status would have come before the stream.
    expect(thrown).toMatchObject({ status: undefined, error: { reason: 'upstream_invalid' } });
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

  it.each([
    ['token_invalid', OpenAI.AuthenticationError, { aud: 'other' }, 'test-model'],
    ['issuer_unknown', OpenAI.AuthenticationError, { iss: 'https://other.example' }, 'test-model'],
    ['token_expired', OpenAI.AuthenticationError, { exp: 1_700_000_000 }, 'test-model'],
    ['team_unknown', OpenAI.PermissionDeniedError, { team: 'nowhere' }, 'test-model'],
    ['model_unknown', OpenAI.BadRequestError, {}, 'no-such-model'],
  ])('throws %s as an exception of its class', async (reason, kind, claims, model) => {
    const known = { email: 'alice@acme.example', team: 'research' };
    const apiKey = await issuer.sign({ ...known, ...claims });
    const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey, maxRetries: 0 });
    const messages = [{ role: 'user' as const, content: 'hello' }];
    const call = client.chat.completions.create({ model, messages });
    const thrown: unknown = await call.then(
      () => null,
      (error: unknown) => error,
    );
    expect(thrown).toBeInstanceOf(kind);
    expect(thrown).toMatchObject({ error: { reason } });
  });
});
