import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { post } from '#support/raw-client';
import { startRelay, type RelayHarness } from '#support/relay-harness';

const MESSAGES = [{ role: 'user', content: 'hello' }];
const USAGE = '{"usage":{"prompt_tokens":1,"completion_tokens":1}}';
const LENGTH = String(USAGE.length);

/** A server that answers every request with the same bytes and then does as told with the connection. */
async function rawUpstream(
  bytes: () => { text: string; end: 'close' | 'reset' | 'keep' },
): Promise<{ url: string; server: Server; sockets: Set<Socket> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.on('data', (piece) => {
      if (!piece.toString('latin1').startsWith('POST ')) return;
      const { text, end } = bytes();
      if (end === 'reset') socket.resetAndDestroy();
      else if (end === 'close') socket.end(text);
      else socket.write(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${String(port)}`, server, sockets };
}

describe('an upstream whose HTTP is odd', () => {
  let relay: RelayHarness;
  let upstream: Awaited<ReturnType<typeof rawUpstream>>;
  let next: { text: string; end: 'close' | 'reset' | 'keep' };

  beforeAll(async () => {
    upstream = await rawUpstream(() => next);
    relay = await startRelay(`model_list:
  - model_name: test
    litellm_params: { model: openai/real, api_base: "${upstream.url}/v1", api_key: k, timeout: 5,
      input_cost_per_token: 0.00000123, output_cost_per_token: 0.00000777 }
`);
  });

  afterAll(async () => {
    await relay.stop();
    for (const socket of upstream.sockets) socket.destroy();
    await new Promise((resolve) => upstream.server.close(resolve));
  });

  beforeEach(() => {
    relay.spend.events.length = 0;
  });

  const chat = async (text: string, end: 'close' | 'reset' | 'keep' = 'close') => {
    next = { text, end };
    return post(relay.chatUrl, { model: 'test', messages: MESSAGES }).answer();
  };

  it.each([
    ['garbage', 'SSH-2.0-OpenSSH\r\n\r\n'],
    ['a bad status line', 'HTTP/1.1 abc OK\r\n\r\n'],
    ['two lengths', `HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n${USAGE}`],
    ['too large headers', `HTTP/1.1 200 OK\r\nx-big: ${'x'.repeat(100_000)}\r\n\r\n`],
    ['a length that is too large', `HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n${USAGE}`],
    ['nothing at all', ''],
  ])('is 502 for %s, and is not asked again', async (_what, text) => {
    const response = await chat(text);
    expect(response.status).toBe(502);
    expect(response.headers['x-gatehouse-error-source']).toBe('gateway');
    expect(relay.spend.kinds).toEqual(['open', 'settle']);
    expect(relay.spend.outcomes[0]).toMatchObject({ succeeded: false });
    expect(relay.spend.outcomes[0]?.usageSource).not.toBe('none');
  });

  it('is 502 for broken chunks, which costs nothing: the head has come, and no usage behind it', async () => {
    const response = await chat('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n');
    expect(response.status).toBe(502);
    expect(relay.spend.outcomes).toMatchObject([{ usageSource: 'none', succeeded: false }]);
  });

  it('is 502 when it resets the connection after the request, and is not asked again', async () => {
    const response = await chat('', 'reset');
    expect(response.status).toBe(502);
    expect(JSON.parse(response.text).error.reason).toBe('upstream_unreachable');
    expect(relay.spend.kinds).toEqual(['open', 'settle']);
  });

  it('may send interim answers first', async () => {
    const response = await chat(
      `HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${LENGTH}\r\n\r\n${USAGE}`,
      'keep',
    );
    expect(response).toMatchObject({ status: 200, text: USAGE });
    expect(response.headers['link']).toBeUndefined();
  });

  it('may send trailers, which are dropped', async () => {
    const size = USAGE.length.toString(16);
    const response = await chat(
      `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-secret\r\n\r\n${size}\r\n${USAGE}\r\n0\r\nx-secret: 1\r\n\r\n`,
      'keep',
    );
    expect(response).toMatchObject({ status: 200, text: USAGE });
    expect(relay.spend.outcomes[0]).toMatchObject({ usageSource: 'provider' });
  });

  it('may end its body by closing', async () => {
    const response = await chat(
      `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n${USAGE}`,
    );
    expect(response).toMatchObject({ status: 200, text: USAGE });
  });

  it('may answer without content', async () => {
    const response = await chat('HTTP/1.1 204 No Content\r\n\r\n', 'keep');
    expect(response).toMatchObject({ status: 204, text: '' });
  });
});
