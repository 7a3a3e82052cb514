import OpenAI, { toFile } from 'openai';
import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { recording } from '#support/recording';

interface SpendRow {
  readonly call_type: string;
  readonly model_group: string;
  readonly spend: number;
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly metadata: { readonly usage_source: string };
}

const BY_TOKENS = {
  type: 'tokens',
  input_tokens: 34,
  input_token_details: { text_tokens: 4, audio_tokens: 30 },
  output_tokens: 5,
  total_tokens: 39,
};

describe('recordings and pictures in forms', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    const api = `api_base: "${upstream.url}/v1", api_key: upstream-secret`;
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      models: `
  - model_name: by-second
    litellm_params: { model: openai/whisper-1, ${api}, input_cost_per_second: 0.0001 }
  - model_name: by-token
    litellm_params: { model: openai/some-transcriber, ${api}, input_cost_per_token: 0.000001, input_cost_per_audio_token: 0.00001, output_cost_per_token: 0.000002 }
  - model_name: pictures
    litellm_params: { model: openai/gpt-image-1, ${api}, input_cost_per_token: 0.000005, input_cost_per_image_token: 0.00001, output_cost_per_token: 0.00004 }
  - model_name: by-picture
    litellm_params: { model: openai/dall-e-2, ${api}, output_cost_per_image: 0.02 }
  - model_name: azure
    litellm_params: { model: azure/whisper, api_base: "${upstream.url}", api_key: k, api_version: "2024-10-21", output_cost_per_second: 0.0001 }`,
    });
    await Client.admin(gateway.url).post('/team/new', { team_id: 'research' });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const callerOf = async (user: string) => {
    const apiKey = await issuer.sign({
      sub: user,
      email: `${user}@acme.example`,
      team: 'research',
    });
    return new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey, maxRetries: 0 });
  };
  const rowsOf = async (user: string) =>
    (await Client.admin(gateway.url).get<SpendRow[]>(`/spend/logs?user_id=${user}`)).json;
  const wav = () => toFile(recording(), 'hello.wav', { type: 'audio/wav' });
  /** The form that the upstream received last. */
  const received = async (): Promise<FormData> => {
    const { requestBytes, headers } = upstream.records.at(-1) ?? {};
    const type = { 'content-type': String(headers?.['content-type']) };
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- reads what the test itself has written
    return new Response(Uint8Array.from(requestBytes ?? []), { headers: type }).formData();
  };

  it.each([
    ['json', '{"text":"hello"}', 'application/json'],
    ['text', 'hello\n', 'text/plain; charset=utf-8'],
    ['srt', '1\n00:00:00,000 --> 00:00:03,000\nhello\n', 'text/plain; charset=utf-8'],
    [
      'verbose_json',
      '{"text":"hello","duration":3,"usage":{"type":"duration","seconds":3}}',
      'application/json',
    ],
  ] as const)(
    'are transcribed with the official client as %s and booked by their seconds',
    async (format, body, type) => {
      upstream.enqueue({ body, headers: { 'content-type': type } });
      const openai = await callerOf(`seconds-${format}`);
      const text: unknown = await openai.audio.transcriptions.create({
        ...{ model: 'by-second', file: await wav(), response_format: format },
        timestamp_granularities: ['word', 'segment'],
      });
      expect(type.startsWith('text') ? text : JSON.stringify(text)).toBe(body);
      const form = await received();
      expect(form.getAll('timestamp_granularities[]')).toEqual(['word', 'segment']);
      expect([form.getAll('model'), form.get('response_format')]).toEqual([['whisper-1'], format]);
      const sent = form.get('file');
      expect(Buffer.from(await (sent as File).arrayBuffer()).equals(recording())).toBe(true);
      expect((sent as File).name).toBe('hello.wav');
      expect(upstream.records.at(-1)?.headers.authorization).toBe('Bearer upstream-secret');
      expect(await rowsOf(`seconds-${format}`)).toMatchObject([
        { call_type: 'atranscription', spend: 0.0003, metadata: { usage_source: 'provider' } },
      ]);
    },
  );

  it('are transcribed by a model that is billed by token, plain and streamed, and booked by its count', async () => {
    const openai = await callerOf('tokens');
    upstream.enqueue({ body: JSON.stringify({ text: 'hello', usage: BY_TOKENS }) });
    await openai.audio.transcriptions.create({ model: 'by-token', file: await wav() });
    const events = [
      { type: 'transcript.text.delta', delta: 'hel' },
      { type: 'transcript.text.done', text: 'hello', usage: BY_TOKENS },
    ];
    upstream.enqueue({
      body: events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''),
      headers: { 'content-type': 'text/event-stream' },
    });
    const stream = await openai.audio.transcriptions.create({
      ...{ model: 'by-token', file: await wav(), stream: true },
    });
    const seen: unknown[] = [];
    for await (const event of stream) seen.push(event);
    expect(seen).toEqual(events);
    expect((await received()).get('stream')).toBe('true');
    // 4 × 0.000001 + 30 × 0.00001 + 5 × 0.000002
    const row = { spend: 0.000314, prompt_tokens: 34, completion_tokens: 5 };
    expect(await rowsOf('tokens')).toMatchObject([row, row]);
  });

  it('are translated, also by the model in an Azure path', async () => {
    const openai = await callerOf('translator');
    upstream.enqueue({ body: '{"text":"hello"}' });
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- clients still call it
    await openai.audio.translations.create({ model: 'by-second', file: await wav() });
    expect(upstream.records.at(-1)?.path).toBe('/v1/audio/translations');
    upstream.enqueue({ body: '{"text":"hello"}' });
    const { baseURL, apiKey } = openai;
    const form = new FormData();
    form.append('file', await wav());
    const response = await fetch(
      `${baseURL.replace('/v1', '')}/openai/deployments/azure/audio/translations`,
      { method: 'POST', headers: { authorization: `Bearer ${String(apiKey)}` }, body: form },
    );
    expect(response.status).toBe(200);
    expect(upstream.records.at(-1)?.path).toBe(
      '/openai/deployments/whisper/audio/translations?api-version=2024-10-21',
    );
    expect(await rowsOf('translator')).toMatchObject([
      { call_type: 'atranslation', spend: 0.0003 },
      { call_type: 'atranslation', spend: 0.0003 },
    ]);
  });

  it('of unknown length are booked by their size, marked as an estimate', async () => {
    const openai = await callerOf('unknown-length');
    upstream.enqueue({ body: '{"text":"hello"}' });
    const file = await toFile(Buffer.alloc(8_000, 7), 'a.bin');
    await openai.audio.transcriptions.create({ model: 'by-second', file });
    expect(await rowsOf('unknown-length')).toMatchObject([
      { spend: 0.0002, metadata: { usage_source: 'estimate' } },
    ]);
  });

  it('are refused before they cost anything when a budget cannot bear their seconds', async () => {
    const admin = Client.admin(gateway.url);
    const { json } = await admin.post<{ key: string }>('/key/generate', { max_budget: 0.0002 });
    const openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: json.key, maxRetries: 0 });
    const before = upstream.records.length;
    const call = openai.audio.transcriptions.create({ model: 'by-second', file: await wav() });
    await expect(call).rejects.toMatchObject({ status: 422 });
    expect(upstream.records).toHaveLength(before);
  });

  it('with pictures are edited, plain and streamed, and booked by the upstream’s count', async () => {
    const openai = await callerOf('editor');
    const usage = {
      ...{ input_tokens: 30, output_tokens: 100, total_tokens: 130 },
      input_tokens_details: { text_tokens: 10, image_tokens: 20 },
    };
    const request = { model: 'pictures', prompt: 'a hat', n: 1, size: '1024x1024' } as const;
    const cats = async () => [
      await toFile(Buffer.from('cat'), 'a.png'),
      await toFile(Buffer.from('dog'), 'b.png'),
    ];
    upstream.enqueue({ body: JSON.stringify({ created: 1, data: [{ b64_json: 'eA==' }], usage }) });
    await openai.images.edit({ ...request, image: await cats() });
    const sent = await received();
    expect(sent.getAll('image[]')).toHaveLength(2);
    expect([sent.get('n'), sent.get('model')]).toEqual(['1', 'gpt-image-1']);
    const last = { type: 'image_edit.completed', b64_json: 'eA==', usage };
    upstream.enqueue({
      body: `event: ${last.type}\ndata: ${JSON.stringify(last)}\n\n`,
      headers: { 'content-type': 'text/event-stream' },
    });
    const stream = await openai.images.edit({ ...request, image: await cats(), stream: true });
    const seen: unknown[] = [];
    for await (const event of stream) seen.push(event);
    expect(seen).toEqual([last]);
    // 10 × 0.000005 + 20 × 0.00001 + 100 × 0.00004
    const row = { call_type: 'aimage_edit', spend: 0.00425 };
    expect(await rowsOf('editor')).toMatchObject([row, row]);
  });

  it('with a picture are varied and booked by picture', async () => {
    const openai = await callerOf('variation');
    upstream.enqueue({
      body: JSON.stringify({
        created: 1,
        data: [{ url: 'https://a.example/1' }, { url: 'https://a.example/2' }],
      }),
    });
    const image = await toFile(Buffer.from('cat'), 'a.png');
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- clients still call it
    await openai.images.createVariation({ model: 'by-picture', image, n: 2 });
    expect(upstream.records.at(-1)?.path).toBe('/v1/images/variations');
    expect(await rowsOf('variation')).toMatchObject([
      { call_type: 'aimage_variation', spend: 0.04 },
    ]);
  });

  const form = (parts: Readonly<Record<string, string | Blob>>): FormData => {
    const made = new FormData();
    for (const [name, value] of Object.entries(parts)) made.append(name, value);
    return made;
  };
  const sound = new Blob([Uint8Array.from(recording())]);

  it.each<[string, string, () => FormData]>([
    ['file', 'without a file', () => form({ model: 'by-second' })],
    ['model', 'without a model', () => form({ file: sound })],
    [
      'model',
      'with two models',
      () => {
        const two = form({ model: 'by-second', file: sound });
        two.append('model', 'by-token');
        return two;
      },
    ],
    ['model', 'with a model that is a file', () => form({ model: sound, file: sound })],
    [
      'api_base',
      'with a destination',
      () => form({ model: 'by-second', file: sound, api_base: 'http://127.0.0.1:1' }),
    ],
    [
      'Stream',
      'with a misspelt field',
      () => form({ model: 'by-second', file: sound, Stream: 'true' }),
    ],
    [
      'stream',
      'with a stream that is neither true nor false',
      () => form({ model: 'by-second', file: sound, stream: 'yes' }),
    ],
    ['other', 'with another file', () => form({ model: 'by-second', file: sound, other: sound })],
  ])('are refused with "%s" as the cause %s', async (param, _kind, body) => {
    const before = upstream.records.length;
    const token = await issuer.sign({ email: 'alice@acme.example', team: 'research' });
    const response = await fetch(`${gateway.url}/v1/audio/transcriptions`, {
      ...{ method: 'POST', headers: { authorization: `Bearer ${token}` }, body: body() },
    });
    expect([response.status, await response.json()]).toEqual([
      400,
      expect.objectContaining({
        error: expect.objectContaining({ reason: 'request_invalid', param }) as unknown,
      }),
    ]);
    expect(upstream.records).toHaveLength(before);
  });

  it('are refused as JSON, without a token and for a team without the model', async () => {
    const token = await issuer.sign({ email: 'alice@acme.example', team: 'research' });
    const json = await new Client(gateway.url, token).post('/v1/audio/transcriptions', {
      model: 'by-second',
    });
    expect([json.status, json.text]).toEqual([400, expect.stringContaining('multipart/form-data')]);
    const unknown = await new Client(gateway.url, null).post('/v1/audio/transcriptions', {});
    expect(unknown.status).toBe(401);
    await Client.admin(gateway.url).post('/team/new', { team_id: 'others', models: ['by-token'] });
    const apiKey = await issuer.sign({ email: 'bob@acme.example', team: 'others' });
    const openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey, maxRetries: 0 });
    const call = openai.audio.transcriptions.create({ model: 'by-second', file: await wav() });
    await expect(call).rejects.toMatchObject({ status: 403 });
  });
});
