import { parseBuffer } from 'music-metadata';
import type { JsonObjectScan } from '#libs/common';
import { fileBytesOf, filesOf } from './form-request.js';

/** Sound of which only the size is known: the least that a codec for speech writes a second. */
const LEAST_BYTES_PER_SECOND = 1_000;
/** Speech at 32 kbit/s. */
const USUAL_BYTES_PER_SECOND = 4_000;

/** Returns the seconds of sound in the files of a form, rounded up; `null` where a file does not show them. */
export async function secondsIn(scan: JsonObjectScan): Promise<number | null> {
  let seconds = 0;
  for (const { bytes, contentType, filename } of filesOf(scan)) {
    try {
      const info = { path: filename, size: bytes.length, mimeType: contentType };
      const { format } = await parseBuffer(bytes, info, { duration: true, skipCovers: true });
      if (format.duration === undefined || !(format.duration > 0)) return null;
      seconds += format.duration;
    } catch {
      return null;
    }
  }
  return Math.ceil(seconds);
}

/** Returns the most seconds of sound that files of a size can have. */
export function mostSecondsIn(scan: JsonObjectScan): number {
  return Math.ceil(fileBytesOf(scan) / LEAST_BYTES_PER_SECOND);
}

/** Returns the seconds of sound that files of a size have as a rule. */
export function usualSecondsIn(scan: JsonObjectScan): number {
  return Math.ceil(fileBytesOf(scan) / USUAL_BYTES_PER_SECOND);
}
