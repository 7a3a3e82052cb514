import { connect, type Socket } from 'node:net';

/** One response as a load generator needs it. */
export interface Exchange {
  readonly status: number;
  /** Milliseconds from sending to the first byte of the body. */
  readonly firstByteMs: number;
  /** Milliseconds from sending to the last byte. */
  readonly totalMs: number;
  /** The first kilobytes of the response, for the message about an unexpected one. */
  readonly start: string;
}

interface Pending {
  readonly sentAt: number;
  readonly resolve: (exchange: Exchange) => void;
  readonly reject: (error: Error) => void;
  head: Buffer;
  /** Bytes of head and body; `Infinity` for a body in chunks, -1 while the head is incomplete. */
  needed: number;
  received: number;
  firstByteAt: number;
  tail: Buffer;
}

const HEAD_END = '\r\n\r\n';
const LAST_CHUNK = '\r\n0\r\n\r\n';
const EMPTY = Buffer.alloc(0);

/**
 * One connection of HTTP/1.1 with one call at a time, on a bare socket: a client library would take more of the core
 * than the provider does. It opens when it is first used and again after the server has closed it.
 */
export class Connection {
  private readonly target: URL;
  private socket: Socket | null = null;
  private pending: Pending | null = null;

  constructor(target: URL) {
    this.target = target;
  }

  /** Whether a call is in flight. */
  get isBusy(): boolean {
    return this.pending !== null;
  }

  /** Sends one request and resolves when the response is complete. */
  send(request: Buffer): Promise<Exchange> {
    return new Promise((resolve, reject) => {
      const socket = (this.socket ??= this.open());
      this.pending = {
        sentAt: performance.now(),
        resolve,
        reject,
        head: EMPTY,
        needed: -1,
        received: 0,
        firstByteAt: 0,
        tail: EMPTY,
      };
      socket.write(request);
    });
  }

  /** Closes it. */
  close(): void {
    this.socket?.destroy();
  }

  private open(): Socket {
    const socket = connect({
      host: this.target.hostname,
      port: Number(this.target.port || 80),
      noDelay: true,
    });
    socket.on('data', (chunk: Buffer) => {
      if (this.pending !== null) this.receive(this.pending, chunk);
    });
    socket.on('error', (error) => {
      this.fail(socket, error);
    });
    socket.on('close', () => {
      this.fail(socket, new Error('the server closed the connection within a response'));
    });
    return socket;
  }

  private fail(socket: Socket, error: Error): void {
    if (this.socket !== socket) return;
    this.socket = null;
    const { pending } = this;
    this.pending = null;
    pending?.reject(error);
  }

  private receive(pending: Pending, chunk: Buffer): void {
    pending.received += chunk.length;
    if (pending.needed === -1) {
      pending.head = pending.head.length === 0 ? chunk : Buffer.concat([pending.head, chunk]);
      const end = pending.head.indexOf(HEAD_END);
      if (end === -1) return;
      pending.needed = responseLength(pending.head, end + HEAD_END.length);
      if (pending.received > end + HEAD_END.length) pending.firstByteAt = performance.now();
    } else if (pending.firstByteAt === 0) pending.firstByteAt = performance.now();
    if (isComplete(pending, chunk)) this.complete(pending);
  }

  private complete(pending: Pending): void {
    const { head, sentAt, firstByteAt } = pending;
    const now = performance.now();
    this.pending = null;
    if (/\r\nconnection: close/i.test(head.toString('latin1', 0, 4096))) {
      this.socket?.destroy();
      this.socket = null;
    }
    pending.resolve({
      status: Number(head.toString('latin1', 9, 12)),
      firstByteMs: (firstByteAt || now) - sentAt,
      totalMs: now - sentAt,
      get start() {
        return head.toString('utf8', 0, 2048);
      },
    });
  }
}

function responseLength(start: Buffer, headLength: number): number {
  const head = start.toString('latin1', 0, headLength);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  return length === undefined ? Infinity : headLength + Number(length);
}

function isComplete(pending: Pending, chunk: Buffer): boolean {
  if (pending.needed !== Infinity) return pending.received >= pending.needed;
  const tail =
    chunk.length >= LAST_CHUNK.length ? chunk : Buffer.concat([pending.tail, chunk]).subarray(-16);
  pending.tail = tail.subarray(-LAST_CHUNK.length);
  return pending.tail.toString('latin1') === LAST_CHUNK;
}
