import { contentCodingOf } from './content-codings.js';
import { errorCodeOf } from './error-code.js';
import { GatehouseError } from './errors/gatehouse-error.js';
import { bodyTooLarge } from './read-body.js';

/**
 * Undoes the content coding of a request's body. The limit holds for the decoded bytes: decoding stops there, so that
 * a small body cannot grow without bound.
 * @param encoding the `Content-Encoding` header
 * @throws GatehouseError `body_too_large`, or `request_invalid` when the coding is not known or the body is damaged
 */
export async function decodedRequestBody(
  body: Buffer,
  encoding: string | undefined,
  limitBytes: number,
): Promise<Buffer> {
  const coding = contentCodingOf(encoding);
  if (coding === 'identity' || body.length === 0) return body;
  if (coding === null)
    throw invalid('The content coding is not known; use gzip, deflate, br, zstd or none.');
  try {
    return await coding.whole(body, { maxOutputLength: limitBytes });
  } catch (error) {
    if (isTooLarge(error)) throw bodyTooLarge(limitBytes);
    throw invalid('The body is not what its content coding says.');
  }
}

function isTooLarge(error: unknown): boolean {
  return errorCodeOf(error) === 'ERR_BUFFER_TOO_LARGE';
}

function invalid(message: string): GatehouseError {
  return new GatehouseError('request_invalid', { message, param: 'content-encoding' });
}
