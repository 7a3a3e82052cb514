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
const MAX_HEADER_BYTES = 20;

/**
 * The line of a record.
 * @param payload JSON without line breaks
 */
export function frameOf(payload: string): Buffer {
  const checksum = crc32(payload).toString(16).padStart(8, '0');
  return Buffer.from(`${checksum} ${String(Buffer.byteLength(payload))} ${payload}\n`);
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
