import { textBytesOf } from './stream-event.js';
import type { TapReading } from './usage-tap.js';

/** Usual length of a token in bytes of UTF-8. */
const BYTES_PER_TOKEN = 4;

/**
 * Tokens of a stream's output: four bytes a token, and at least one for each event that carried text.
 * @param reading what the tap has seen
 */
export function estimateStreamOutput({
  textBytes,
  textEvents,
}: Pick<TapReading, 'textBytes' | 'textEvents'>): number {
  return Math.max(textEvents, Math.ceil(textBytes / BYTES_PER_TOKEN));
}

/**
 * Tokens of a plain answer's output, or of the part of it that came.
 * @param body bytes of the answer
 */
export function estimatePlainOutput(body: Buffer): number {
  return Math.ceil(textBytesOf(body.toString('latin1')) / BYTES_PER_TOKEN);
}
