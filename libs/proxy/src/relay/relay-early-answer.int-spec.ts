import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { post } from '#support/raw-client';
import { relayConfiguration, startRelay } from '#support/relay-harness';

const CALLS = 8;

/**
 * Answers as soon as it has the head of a request, reads no body and closes the connection. In a process of its own: in
 * this one it could not answer while a request is being written.
 */
const HASTY_UPSTREAM = `
  const { createServer } = require('node:http');
  const body = '{"error":{"message":"too large","type":"invalid_request_error"}}';
  const headers = { 'content-type': 'application/json', 'content-length': body.length, connection: 'close' };
  const server = createServer((request, response) => response.writeHead(413, headers).end(body));
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

describe('an upstream that answers before it has read the request, and closes the connection', () => {
  let upstream: ChildProcessWithoutNullStreams;
  let relay: Awaited<ReturnType<typeof startRelay>>;

  beforeAll(async () => {
    upstream = spawn(process.execPath, ['-e', HASTY_UPSTREAM]);
    const [port] = (await once(upstream.stdout, 'data')) as [Buffer];
    const url = `http://127.0.0.1:${port.toString().trim()}`;
    relay = await startRelay(relayConfiguration(url, ''));
  });
  afterAll(async () => {
    await relay.stop();
    upstream.kill();
  });

  it.each([1_000, 15_000, 65_000, 66_000, 70_000, 200_000, 300_000, 1_000_000])(
    'is heard by a caller with a request of %d bytes',
    async (size) => {
      const body = { model: 'test', messages: [{ role: 'user', content: 'x'.repeat(size) }] };
      const answers = Array.from({ length: CALLS }, () => post(relay.chatUrl, body).answer());
      const statuses = (await Promise.all(answers)).map(({ status }) => status);
      expect(statuses).toEqual(Array.from({ length: CALLS }, () => 413));
    },
  );
});
