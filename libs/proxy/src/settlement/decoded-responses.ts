import { DecodedBody } from '../streaming/decoded-body.js';
import type { CollectedBody } from '../streaming/buffered-response.js';
import { decodedBody, streamDecoder } from '../upstream/response-headers.js';
import type { BodySource, ResponseHead } from '../upstream/upstream-call.js';

/** Returns the body of a response without its content coding, as it flows. */
export function decodedStream({ headers }: ResponseHead, source: BodySource): BodySource {
  const decoder = streamDecoder(headers['content-encoding']);
  return decoder === 'identity' ? source : new DecodedBody(source, decoder);
}

/** Returns a collected body without its content coding; `null` when it broke off or cannot be decoded. */
export function decodedWhole(
  { headers }: ResponseHead,
  { bytes, failure }: CollectedBody,
): Buffer | null | Promise<Buffer | null> {
  return failure === null ? decodedBody(bytes, headers['content-encoding']) : null;
}
