import { EventStreamCodec, type MessageHeaders } from '@smithy/core/event-streams';

const CODEC = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);
const LENGTH_BYTES = 4;
/** Two lengths and two checksums. */
const MIN_BYTES = 16;
/** More than any message of Amazon has: https://docs.aws.amazon.com/transcribe/latest/dg/event-stream.html. */
const MAX_BYTES = 25_165_824;

/** A message of a binary event stream. */
export interface EventFrame {
  /** `event`, `exception` or `error`; empty where it says nothing. */
  readonly kind: string;
  /** Type of the event or of the exception, or the code of the error. */
  readonly type: string;
  /** Of an error; empty for any other. */
  readonly message: string;
  readonly body: Buffer;
}

/** Reads the messages of `application/vnd.amazon.eventstream`, wherever its bytes are cut. */
export class EventFrames {
  private held: Buffer[] = [];
  private heldBytes = 0;
  /** Bytes of the message that has begun; `null` until its length has come. */
  private wanted: number | null = null;

  /** True while a message has begun that is not complete. */
  get isWithin(): boolean {
    return this.heldBytes > 0;
  }

  /**
   * Returns the messages that are complete now, each read as it is asked for.
   * @throws Error for other bytes: a length that no message has, or a checksum that is not theirs
   */
  *push(chunk: Buffer): Generator<EventFrame, void> {
    this.held.push(chunk);
    this.heldBytes += chunk.length;
    for (let whole = this.take(); whole !== null; whole = this.take()) yield frameOf(whole);
  }

  private take(): Buffer | null {
    if (this.heldBytes < LENGTH_BYTES) return null;
    this.wanted ??= lengthOf(this.joined());
    if (this.heldBytes < this.wanted) return null;
    const all = this.joined();
    const rest = all.subarray(this.wanted);
    const whole = all.subarray(0, this.wanted);
    this.held = rest.length === 0 ? [] : [rest];
    this.heldBytes = rest.length;
    this.wanted = null;
    return whole;
  }

  private joined(): Buffer {
    const all = this.held.length === 1 ? this.held[0] : undefined;
    if (all !== undefined) return all;
    const joined = Buffer.concat(this.held);
    this.held = [joined];
    return joined;
  }
}

function lengthOf(bytes: Buffer): number {
  const length = bytes.readUInt32BE(0);
  if (length < MIN_BYTES || length > MAX_BYTES) throw new Error('not the length of a message');
  return length;
}

function frameOf(bytes: Buffer): EventFrame {
  const { headers, body } = CODEC.decode(bytes);
  const kind = textIn(headers, ':message-type');
  const type =
    textIn(headers, ':event-type') ||
    textIn(headers, ':exception-type') ||
    textIn(headers, ':error-code');
  const message = textIn(headers, ':error-message');
  return { kind, type, message, body: Buffer.from(body.buffer, body.byteOffset, body.length) };
}

function textIn(headers: MessageHeaders, name: string): string {
  const header = headers[name];
  return header?.type === 'string' ? header.value : '';
}
