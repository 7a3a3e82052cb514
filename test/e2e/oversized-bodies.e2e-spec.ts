import { once } from 'node:events';
import { connect } from 'node:net';
import OpenAI from 'openai';
import { startCaptureUpstream, type CaptureUpstream } from '#support/capture-upstream';
import { MASTER_KEY, startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

const LIMIT = 100_000;
/** More than the buffers of a connection hold, so that its client still sends when it is refused. */
const LARGE = 16 * 1_048_576;

type Body = Buffer | FormData | ReadableStream<Uint8Array>;

describe('the refusal of a request whose body is not read', () => {
  let issuer: TestIssuer;
  let upstream: CaptureUpstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startCaptureUpstream((_request, response) => response.end('{}'));
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      gatehouse: `  server: { body_limit_bytes: ${String(LIMIT)} }\n`,
      env: { MISTRAL_API_BASE: upstream.url, MISTRAL_API_KEY: 'prefix-secret' },
    });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  afterEach(() => {
    expect(upstream.requests).toEqual([]);
  });

  const sent = async (path: string, body: Body, bearer = MASTER_KEY) => {
    const response = await fetch(`${gateway.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bearer}` },
      body,
      ...{ duplex: 'half' },
    });
    return [response.status, await response.text()] as const;
  };
  const json = (): Buffer => Buffer.from(`{"model":"test-model","input":"${'x'.repeat(LARGE)}"}`);
  const form = (): FormData => {
    const made = new FormData();
    made.append('model', 'test-model');
    made.append('purpose', 'assistants');
    made.append('file', new Blob([Buffer.alloc(LARGE, 7)]), 'a.bin');
    return made;
  };
  /** A body of unknown length. */
  const stream = (): ReadableStream<Uint8Array> => {
    let left = LARGE;
    return new ReadableStream({
      pull(controller) {
        left -= 65_536;
        if (left < 0) controller.close();
        else controller.enqueue(new Uint8Array(65_536).fill(32));
      },
    });
  };

  it.each<[string, () => Body]>([
    ['/v1/chat/completions', json],
    ['/v1beta/models/test-model:generateContent', json],
    ['/mistral/v1/chat/completions', json],
    ['/mistral/v1/files', form],
    ['/v1/files', form],
    ['/v1/audio/transcriptions', form],
    ['/team/new', json],
    ['/v1/embeddings', stream],
    ['/v1/audio/translations', stream],
  ])('is read by fetch: %s', async (path, body) => {
    const [status, text] = await sent(path, body());
    expect(status).toBe(413);
    expect(text).toContain('larger than');
  });

  it('is read where the credential is refused, too', async () => {
    for (const body of [json(), stream()]) {
      const [status, text] = await sent('/v1/files', body, 'wrong');
      expect(status).toBe(401);
      expect(text).toContain('credential_malformed');
    }
  });

  it('is read by the client of OpenAI', async () => {
    const openai = new OpenAI({
      baseURL: `${gateway.url}/v1`,
      apiKey: MASTER_KEY,
      maxRetries: 0,
    });
    const file = new File([Buffer.alloc(LARGE, 7)], 'a.wav');
    const refused = { status: 413, error: { reason: 'body_too_large' } };
    await expect(openai.files.create({ purpose: 'batch', file })).rejects.toMatchObject(refused);
    const sound = openai.audio.transcriptions.create({ model: 'test-model', file });
    await expect(sound).rejects.toMatchObject(refused);
  });

  it('is read by a client that sends its whole body first, and the connection ends', async () => {
    const { hostname, port } = new URL(gateway.url);
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    await once(socket, 'connect');
    const head = [
      ...['POST /v1/chat/completions HTTP/1.1', 'host: x', `authorization: Bearer ${MASTER_KEY}`],
      ...[`content-length: ${String(LARGE)}`, '', ''],
    ].join('\r\n');
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.write(head);
      socket.write(Buffer.alloc(LARGE, 32), () => {
        resolve();
      });
    });
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
    });
    await once(socket, 'end');
    expect(text).toMatch(/^HTTP\/1\.1 413 [\s\S]*connection: close[\s\S]*body_too_large/i);
    socket.destroy();
  });
});
