import { contentCodingOf, type ContentCoding } from '#libs/common';

/** Larger buffered responses are given up: they are held whole, so that their usage is known before they leave. */
export const MAX_ANSWER_BYTES = 67_108_864;

/**
 * Undoes the content coding of a response that was compressed although `identity` was asked for.
 * @param encoding the `Content-Encoding` header
 * @returns the decoded bytes, or `null` when they cannot be had within the size limit
 */
export async function decodedBody(
  body: Buffer,
  encoding: string | undefined,
): Promise<Buffer | null> {
  const coding = contentCodingOf(encoding);
  if (coding === 'identity') return body;
  if (coding === null) return null;
  try {
    return await coding.whole(body, { maxOutputLength: MAX_ANSWER_BYTES });
  } catch {
    return null;
  }
}

/**
 * Returns what makes the decoder of a response's stream, `identity` when it needs none, and `null` when its
 * content coding is not known.
 * @param encoding the `Content-Encoding` header
 */
export function streamDecoder(
  encoding: string | undefined,
): ContentCoding['stream'] | 'identity' | null {
  const coding = contentCodingOf(encoding);
  return coding === 'identity' || coding === null ? coding : coding.stream;
}
