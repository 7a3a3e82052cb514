/**
 * Frontend messages after which the server answers, so that everything up to here can be executed in
 * one go: Query, Sync, Flush, CopyDone, CopyFail, FunctionCall (PostgreSQL, "Message Formats").
 */
const GROUP_ENDS = new Set(Buffer.from('QSHcfF'));
const TERMINATE = 'X'.charCodeAt(0);
const READY_FOR_QUERY = 'Z'.charCodeAt(0);

/** Type byte and length of a message. */
const HEADER_BYTES = 5;
/** A ReadyForQuery message: type, length 5, status. */
const READY_BYTES = 6;

/** Result of a chunk of the client's bytes. */
export interface WireGroups {
  /** Complete groups of messages, in order, each in memory of its own. */
  readonly groups: readonly Uint8Array<ArrayBuffer>[];
  /** Whether the client said goodbye. */
  readonly isTerminated: boolean;
}

/**
 * Cuts the byte stream of a PostgreSQL client into groups of messages that end where the server has
 * to answer. The first message of a connection is the startup message, which has no type byte.
 */
export class WireGroupSplitter {
  private buffer: Buffer = Buffer.alloc(0);
  /** Bytes at the start of the buffer that are complete messages of an open group. */
  private scanned = 0;
  private isStarted = false;

  /** Takes the next bytes of the client. */
  push(chunk: Uint8Array): WireGroups {
    this.buffer =
      this.buffer.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.buffer, chunk]);
    const groups: Uint8Array<ArrayBuffer>[] = [];
    for (;;) {
      const length = this.nextMessageLength();
      if (length === null) return { groups, isTerminated: false };
      const type = this.isStarted ? this.buffer.readUInt8(this.scanned) : null;
      if (type === TERMINATE) return { groups, isTerminated: true };
      this.scanned += length;
      if (type === null || GROUP_ENDS.has(type)) groups.push(this.takeGroup());
      this.isStarted = true;
    }
  }

  private nextMessageLength(): number | null {
    const typeBytes = this.isStarted ? 1 : 0;
    const left = this.buffer.length - this.scanned;
    if (left < HEADER_BYTES - 1 + typeBytes) return null;
    const length = this.buffer.readUInt32BE(this.scanned + typeBytes) + typeBytes;
    return left < length ? null : length;
  }

  private takeGroup(): Uint8Array<ArrayBuffer> {
    const group = new Uint8Array(this.scanned);
    group.set(this.buffer.subarray(0, this.scanned));
    this.buffer = this.buffer.subarray(this.scanned);
    this.scanned = 0;
    return group;
  }
}

/**
 * Whether the session is free after an answer: its last message is ReadyForQuery with status `I`.
 * `T` and `E` are inside a transaction; an answer without ReadyForQuery is in the middle of one.
 * @param response what the server sent for one group
 */
export function isIdleAfter(response: Uint8Array): boolean {
  const ready = response.subarray(-READY_BYTES);
  return (
    ready.length === READY_BYTES &&
    ready[0] === READY_FOR_QUERY &&
    ready[READY_BYTES - 1] === 'I'.charCodeAt(0)
  );
}

/** A group that rolls back the open transaction, if there is one. */
export function rollbackGroup(): Uint8Array<ArrayBuffer> {
  const text = 'ROLLBACK';
  const group = new Uint8Array(HEADER_BYTES + text.length + 1);
  const view = new DataView(group.buffer);
  view.setUint8(0, 'Q'.charCodeAt(0));
  view.setUint32(1, group.length - 1);
  group.set(Buffer.from(text), HEADER_BYTES);
  return group;
}
