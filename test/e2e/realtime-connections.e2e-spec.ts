import { randomBytes } from 'node:crypto';
import { connect, type AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import OpenAI from 'openai';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import { aCertificate } from '#support/certificate';
import type { TestGateway } from '#support/gateway';
import { eventually } from '#support/eventually';
import { USAGE } from '#support/fake-realtime';
import { RealtimeClient, type RealtimeMessage } from '#support/realtime-client';
import { RealtimeHarness, RESPONSE_COST } from '#support/realtime-harness';

/** Bytes of the sound of one event, and events of it. */
const SOUND_BYTES = 256 * 1_024;
const SOUNDS = 24;
const SESSIONS = 16;

describe('connections of the Realtime API', () => {
  let harness: RealtimeHarness;
  let gateway: TestGateway;

  beforeAll(async () => {
    harness = await RealtimeHarness.start();
    ({ gateway } = harness);
  });

  afterAll(async () => {
    await harness.stop();
  });

  const keyed = async (body: object): Promise<string> => {
    const made = await harness.admin.post<{ key: string }>('/key/generate', body);
    return made.json.key;
  };

  it('end when the key that they run as is blocked, or expires', async () => {
    const key = await keyed({});
    const { client, record } = await harness.connect(key);
    await harness.admin.post('/key/block', { key });
    expect(await client.end(1_000)).toEqual({ code: 1_008, reason: 'key_blocked' });
    expect(JSON.stringify(record.headers)).not.toContain(key);
    // On a busy machine a key may have expired before its first use.
    const brief = await eventually(
      async () => harness.connect(await keyed({ duration: '2s' })),
      20_000,
    );
    expect(await brief.client.end(3_500)).toEqual({ code: 1_008, reason: 'key_expired' });
    expect(brief.client.messages.at(-1)).toMatchObject({
      type: 'error',
      error: { reason: 'key_expired' },
    });
    await harness.closing(brief.record);
  });

  it.each([
    [1_000, 1_000],
    [1_001, 1_001],
    [1_003, 1_003],
    [1_008, 1_008],
    [1_011, 1_011],
    [1_013, 1_013],
    [3_000, 3_000],
    [4_999, 4_999],
    [null, 1_005],
    ['cut', 1_011],
  ])('are closed as the upstream closes: %p as %p', async (code, seen) => {
    const { token, userId } = await harness.caller();
    const { client, record } = await harness.connect(token);
    if (code === 'cut') record.socket.terminate();
    else if (code === null) record.socket.close();
    else record.socket.close(Number(code), 'said so');
    expect(await client.end()).toEqual({
      code: seen,
      reason: typeof code === 'number' ? 'said so' : '',
    });
    expect(await harness.entries(userId)).toEqual([]);
  });

  it('take text in pieces and binary messages as they are, and refuse what is not one JSON object', async () => {
    const { token } = await harness.caller();
    const { client, record } = await harness.connect(token);
    const kinds: boolean[] = [];
    record.socket.on('message', (_data, isBinary) => kinds.push(isBinary));
    client.socket.send('{"type":"conversation.item.create",', { fin: false });
    client.socket.send('"item":{"type":"message"}}', { fin: true });
    client.socket.send(Buffer.from('{"type":"input_audio_buffer.clear"}'));
    for (const bad of ['', '[]', 'null', '{"type":"a"', '{"a":1,"a":2}', randomBytes(64)]) {
      client.socket.send(bad);
      expect((await client.next('error')).error).toMatchObject({ reason: 'request_invalid' });
    }
    expect(record.frames).toEqual([
      '{"type":"conversation.item.create","item":{"type":"message"}}',
      '{"type":"input_audio_buffer.clear"}',
    ]);
    expect(kinds).toEqual([false, true]);
    expect(client.closed).toBeNull();
    client.socket.terminate();
    await harness.closing(record);
  });

  it('answer pings of both sides themselves, and end what breaks the protocol', async () => {
    const { token } = await harness.caller();
    const { client, record } = await harness.connect(token);
    for (const side of [client.socket, record.socket]) {
      const pong = new Promise((resolve) => side.once('pong', resolve));
      side.ping('here?');
      expect(String(await pong)).toBe('here?');
    }
    // A frame of a client that is not masked: RFC 6455, section 5.1.
    const { _socket: raw } = client.socket as unknown as { _socket: NodeJS.WritableStream };
    raw.write(Buffer.from([0x81, 0x02, 0x7b, 0x7d]));
    expect(await client.end()).toMatchObject({ code: 1_002 });
    await harness.closing(record);
    expect(record.frames).toEqual([]);
  });

  it('keep every message for a client that reads late, and for an upstream that does', async () => {
    const { token, userId } = await harness.caller();
    const { client, record } = await harness.connect(token);
    const sound = 'A'.repeat(SOUND_BYTES);
    const numbered = (type: string) =>
      Array.from({ length: SOUNDS }, (_, at) => JSON.stringify({ type, at, audio: sound }));
    client.socket.pause();
    for (const text of numbered('fake.sound')) record.socket.send(text);
    record.socket.pause();
    const spoken = numbered('input_audio_buffer.append');
    for (const text of spoken) client.socket.send(text);
    client.send({ type: 'response.create' });
    client.socket.resume();
    record.socket.resume();
    await client.next('response.done');
    const heard = client.texts.map((text) => JSON.parse(text) as RealtimeMessage);
    expect(heard.filter(({ type }) => type === 'fake.sound').map(({ at }) => at)).toEqual(
      Array.from({ length: SOUNDS }, (_, at) => at),
    );
    expect(record.frames.slice(0, SOUNDS)).toEqual(spoken);
    client.socket.terminate();
    await harness.closing(record);
    expect(await harness.entries(userId)).toMatchObject([
      { state: 'settled', cost_usd: RESPONSE_COST },
    ]);
  });

  it('serve the official client, behind a proxy that speaks TLS', async () => {
    const { token, userId } = await harness.caller();
    const certificate = aCertificate();
    const front = createServer(certificate, (socket) => {
      const inner = connect(Number(new URL(gateway.url).port), '127.0.0.1');
      socket.pipe(inner).pipe(socket);
    });
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    const { port } = front.address() as AddressInfo;
    const openai = new OpenAI({ baseURL: `https://localhost:${String(port)}/v1`, apiKey: token });
    const client = new OpenAIRealtimeWS(
      { model: 'voice', options: { ca: certificate.cert } },
      openai,
    );
    const refused = new Promise<string | undefined>((resolve) => {
      client.on('error', ({ error }) => {
        resolve(error?.event_id ?? undefined);
      });
    });
    const done = new Promise<object>((resolve) => {
      client.on('response.done', ({ response }) => {
        resolve(response.usage ?? {});
      });
    });
    await new Promise((resolve) => client.on('session.created', resolve));
    client.send({
      type: 'session.update',
      event_id: 'mine',
      session: { type: 'realtime', model: 'other' },
    });
    expect(await refused).toBe('mine');
    client.send({ type: 'response.create' });
    expect(await done).toEqual(USAGE);
    client.close();
    await new Promise((resolve) => client.socket.once('close', resolve));
    front.close();
    expect(await harness.entries(userId)).toMatchObject([{ cost_usd: RESPONSE_COST }]);
  });

  it('all end when the gateway stops: idle ones at once, others when their response has', async () => {
    const { token } = await harness.caller();
    const opened = [];
    for (let at = 0; at < SESSIONS; at += 1) opened.push(await harness.connect(token));
    const [busy] = opened;
    busy?.client.send({ type: 'response.create', response: { metadata: { fake: 'hang' } } });
    await busy?.client.next('response.created');
    const stopping = gateway.gateway.shutdown();
    for (const { client } of opened.slice(1))
      expect(await client.end()).toMatchObject({ code: 1_012 });
    expect(busy?.client.closed).toBeNull();
    busy?.client.send({ type: 'response.cancel' });
    await busy?.client.next('response.done');
    expect(await busy?.client.end()).toMatchObject({ code: 1_012 });
    await stopping;
    await eventually(() => {
      expect(harness.upstream.records.every(({ closed }) => closed !== null)).toBe(true);
    });
    const late = await RealtimeClient.connect(gateway.url, '/v1/realtime?model=voice').catch(
      (error: unknown) => error,
    );
    expect(late).not.toBeInstanceOf(RealtimeClient);
  });
});
