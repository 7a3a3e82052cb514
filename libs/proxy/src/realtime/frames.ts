import type { RawData, WebSocket } from 'ws';

/** One message of a WebSocket, as it came. */
export interface Frame {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

/** What may wait in front of a reader that does not keep up. */
const MAX_WAITING_BYTES = 1_048_576;
/** Time for the other side to answer a close frame. */
const CLOSE_TIMEOUT_MS = 1_500;
/** RFC 6455, section 5.5: the code and the reason of a close frame have 125 bytes. */
const MAX_REASON_BYTES = 123;

/** Handles the messages of one side one after the other, and does not read that side while one of them has to wait. */
export class FrameQueue {
  private readonly frames: Frame[] = [];
  private isBusy = false;
  private last: (() => void) | null = null;

  /** @param handle relays a message; returns a promise only where it has to wait */
  constructor(
    private readonly source: WebSocket,
    private readonly handle: (frame: Frame) => void | Promise<void>,
  ) {
    source.on('message', (data: RawData, isBinary: boolean) => {
      this.frames.push({ data: bytesOf(data), isBinary });
      if (!this.isBusy) void this.run();
    });
  }

  /** Calls back when every message that has come is handled. */
  afterAll(listener: () => void): void {
    this.last = listener;
    if (!this.isBusy) this.finish();
  }

  private async run(): Promise<void> {
    this.isBusy = true;
    for (let frame = this.frames.shift(); frame !== undefined; frame = this.frames.shift()) {
      const waiting = this.handle(frame);
      if (waiting === undefined) continue;
      this.source.pause();
      await waiting;
    }
    this.isBusy = false;
    this.source.resume();
    this.finish();
  }

  private finish(): void {
    const { last } = this;
    this.last = null;
    last?.();
  }
}

/** Sends a message. Returns a promise where the other side has to read first. A connection that has ended gets nothing. */
export function sendFrame(target: WebSocket, { data, isBinary }: Frame): void | Promise<void> {
  if (target.readyState !== target.OPEN) return;
  if (target.bufferedAmount <= MAX_WAITING_BYTES) {
    target.send(data, { binary: isBinary }, ignore);
    return;
  }
  return new Promise((resolve) => {
    target.send(data, { binary: isBinary }, () => {
      resolve();
    });
  });
}

/** Closes a connection, and cuts it where the other side does not answer. */
export function closeSocket(socket: WebSocket, code: number | null, reason = ''): void {
  if (socket.readyState === socket.CLOSED) return;
  const timer = setTimeout(() => {
    socket.terminate();
  }, CLOSE_TIMEOUT_MS);
  socket.once('close', () => {
    clearTimeout(timer);
  });
  // A connection that is not read would not hear the answer.
  socket.resume();
  if (code === null) socket.close();
  else socket.close(code, cut(reason));
}

/**
 * Returns the code with which one side is closed after the other; `null` for none. Codes that no frame may hold (RFC 6455,
 * section 7.4) are those of a connection that broke.
 * @param broken stands for those codes
 */
export function relayedCode(code: number, broken: number): number | null {
  if (code === NO_CODE) return null;
  const isSendable = (code >= 3_000 && code < 5_000) || (code >= 1_000 && code < 1_015);
  return isSendable && !UNSENDABLE.has(code) ? code : broken;
}

const NO_CODE = 1_005;
const UNSENDABLE: ReadonlySet<number> = new Set([1_004, NO_CODE, 1_006]);

function cut(reason: string): string {
  const bytes = Buffer.from(reason);
  if (bytes.length <= MAX_REASON_BYTES) return reason;
  return bytes
    .subarray(0, MAX_REASON_BYTES)
    .toString()
    .replace(/\ufffd+$/, '');
}

function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}

function ignore(): void {
  // A connection that breaks is closed, which ends the session.
}
