import { crc32 } from 'node:zlib';

/**
 * How a record stands in a segment: one line, `checksum length payload`, the checksum being the
 * CRC-32 of the payload in eight hexadecimal digits. The payload is JSON and holds no line break, so
 * that reading can go on behind a damaged record at the next line.
 */

/** One record as it was found. Offsets are bytes into the segment. */
interface Frame {
  readonly payload: Buffer;
  readonly start: number;
  /** Behind the line break. */
  readonly end: number;
}

/** Bytes that are not a record and have been passed over. */
interface FrameDamage {
  readonly start: number;
  readonly end: number;
}

/** The content of a segment. */
export interface FrameScan {
  readonly frames: readonly Frame[];
  readonly damages: readonly FrameDamage[];
  /** Where an unfinished last record starts, which was never acknowledged; `null` when there is none. */
  readonly tornAt: number | null;
}

const LINE_BREAK = 0x0a;
const HEADER = /^([0-9a-f]{8}) (\d{1,9}) /;
const CHECKSUM_DIGITS = 8;
const MAX_HEADER_BYTES = 20;

/** Room for the longest header, whose digits end right before the payload, and for the line break. */
const FRAME_BYTES = MAX_HEADER_BYTES + 1;
/** A character of a text takes at most three bytes. */
const BYTES_PER_CHARACTER = 3;
const HEX_DIGITS = Buffer.from('0123456789abcdef');
const SPACE = 0x20;
const ZERO = 0x30;

/** Memory of the newest frame: a record is written to the file before the next one is made. */
let memory = Buffer.allocUnsafe(16_384);

/**
 * The line of a record, in memory that the next call uses again.
 * @param payload JSON without line breaks
 */
export function passingFrameOf(payload: string): Buffer {
  const most = FRAME_BYTES + payload.length * BYTES_PER_CHARACTER;
  if (memory.length < most) memory = Buffer.allocUnsafe(most);
  const end = MAX_HEADER_BYTES + memory.write(payload, MAX_HEADER_BYTES);
  const start = putHeader(crc32(memory.subarray(MAX_HEADER_BYTES, end)), end - MAX_HEADER_BYTES);
  memory[end] = LINE_BREAK;
  return memory.subarray(start, end + 1);
}

/**
 * The line of a record.
 * @param payload JSON without line breaks
 */
export function frameOf(payload: string): Buffer {
  return Buffer.from(passingFrameOf(payload));
}

/** Puts the header right before the payload and returns where it begins. */
function putHeader(checksum: number, payloadBytes: number): number {
  let at = MAX_HEADER_BYTES - 1;
  memory[at] = SPACE;
  for (let rest = payloadBytes; rest > 0; rest = Math.floor(rest / 10)) {
    at -= 1;
    memory[at] = ZERO + (rest % 10);
  }
  at -= 1;
  memory[at] = SPACE;
  const start = at - CHECKSUM_DIGITS;
  for (let rest = checksum; at > start; rest >>>= 4) {
    at -= 1;
    memory[at] = HEX_DIGITS[rest & 0xf] ?? ZERO;
  }
  return start;
}

/**
 * Finds every intact record. Damage costs the records that it lies in and no other.
 * @param bytes content of a segment
 */
export function scanFrames(bytes: Buffer): FrameScan {
  const frames: Frame[] = [];
  const damages: FrameDamage[] = [];
  let position = 0;
  while (position < bytes.length) {
    const frame = frameAt(bytes, position);
    if (frame !== null) {
      frames.push(frame);
      position = frame.end;
      continue;
    }
    const next = bytes.indexOf(LINE_BREAK, position) + 1;
    if (next === 0) return { frames, damages, tornAt: position };
    damages.push({ start: position, end: next });
    position = next;
  }
  return { frames, damages, tornAt: null };
}

function frameAt(bytes: Buffer, start: number): Frame | null {
  const header = HEADER.exec(bytes.toString('latin1', start, start + MAX_HEADER_BYTES));
  if (header === null) return null;
  const from = start + header[0].length;
  const to = from + Number(header[2]);
  // The byte behind the payload is a line break; were it damaged, the record would still be whole.
  if (to >= bytes.length) return null;
  const payload = bytes.subarray(from, to);
  if (crc32(payload) !== Number.parseInt(header[1] ?? '', 16)) return null;
  return { payload, start, end: to + 1 };
}
