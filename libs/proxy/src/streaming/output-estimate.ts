import type { ResponseFormat } from './response-format.js';
import type { TapReading } from './usage-tap.js';

/** Usual length of a token in bytes of UTF-8. */
const BYTES_PER_TOKEN = 4;

/** Returns the tokens of a text or a body by its size alone, at four bytes a token, rounded up. */
export function tokensOfBytes(bytes: number): number {
  return Math.ceil(bytes / BYTES_PER_TOKEN);
}

/**
 * Estimates the output tokens of a stream: four bytes a token, and at least one for each event that carried text.
 * @param reading what the tap has seen
 */
export function estimateStreamOutput({
  textBytes,
  textEvents,
}: Pick<TapReading, 'textBytes' | 'textEvents'>): number {
  return Math.max(textEvents, tokensOfBytes(textBytes));
}

/**
 * Estimates the output tokens of a buffered response, or of the part of it that came.
 * @param body bytes of the response
 * @param format how the response is read
 */
export function estimatePlainOutput(body: Buffer, format: Pick<ResponseFormat, 'signsOf'>): number {
  return tokensOfBytes(format.signsOf(body.toString('latin1')).textBytes);
}
