/**
 * The model provider of the benchmark, in a process of its own: `node bench/mock-provider.ts PORT DELAY_MS GAP_MS`.
 * It parses only what it needs of HTTP/1.1 and sends bytes that were made before, so that it takes little of the core
 * that it shares with the load generator.
 */
import { createServer, type Socket } from 'node:net';
import { completionBody, LARGE_RESPONSE_MARK, streamEvents } from '#bench/payloads';

const [port = 0, delayMs = 0, gapMs = 0] = process.argv.slice(2).map(Number);

const PLAIN = plainResponse(completionBody(300));
const LARGE = plainResponse(completionBody(1_000_000));
const STREAM_HEAD = Buffer.from(
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n',
);
const STREAM = streamEvents().map((event) =>
  Buffer.from(`${Buffer.byteLength(event).toString(16)}\r\n${event}\r\n`),
);
const STREAM_END = Buffer.from('0\r\n\r\n');

/** Bytes of a request that are searched for what it wants. */
const SEARCHED_BYTES = 8192;
const HEAD_END = '\r\n\r\n';
const CHUNKS_END = Buffer.from('0\r\n\r\n');

createServer(serve).listen(port, '127.0.0.1', () => process.stdout.write('ready\n'));

function plainResponse(body: Buffer): Buffer {
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${String(body.length)}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

/** Serves one connection, whose requests come one after the other. */
function serve(socket: Socket): void {
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  let start: Buffer = Buffer.alloc(0);
  let received = 0;
  let needed = -1;
  socket.on('data', (chunk: Buffer) => {
    received += chunk.length;
    if (start.length < SEARCHED_BYTES)
      start = start.length === 0 ? chunk : Buffer.concat([start, chunk]);
    if (needed === -1) needed = requestLength(start);
    const isWhole = needed === Infinity ? endsWithLastChunk(chunk) : received >= needed;
    if (needed === -1 || !isWhole) return;
    respond(socket, start);
    start = Buffer.alloc(0);
    received = 0;
    needed = -1;
  });
}

/** Returns the length of head and body, `Infinity` for a body in chunks, -1 while the head is incomplete. */
function requestLength(start: Buffer): number {
  const end = start.indexOf(HEAD_END);
  if (end === -1) return -1;
  const head = start.toString('latin1', 0, end);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) return end + HEAD_END.length + Number(length);
  return /\r\ntransfer-encoding: *chunked/i.test(head) ? Infinity : end + HEAD_END.length;
}

function endsWithLastChunk(chunk: Buffer): boolean {
  return chunk.subarray(-CHUNKS_END.length).equals(CHUNKS_END);
}

function respond(socket: Socket, request: Buffer): void {
  const text = request.toString('latin1', 0, SEARCHED_BYTES);
  if (/"stream": ?true/.test(text)) later(() => stream(socket));
  else if (text.includes(LARGE_RESPONSE_MARK)) later(() => socket.write(LARGE));
  else later(() => socket.write(PLAIN));
}

function later(action: () => void): void {
  if (delayMs > 0) setTimeout(action, delayMs);
  else action();
}

/** Sends the first event with the head and each further one in a packet of its own. */
function stream(socket: Socket): void {
  socket.write(STREAM_HEAD);
  let next = 0;
  const timer = setInterval(send, gapMs);
  send();
  function send(): void {
    const event = STREAM[next++];
    if (event !== undefined && !socket.destroyed) {
      socket.write(event);
      return;
    }
    clearInterval(timer);
    if (!socket.destroyed) socket.write(STREAM_END);
  }
}
