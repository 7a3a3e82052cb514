import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';
import { GatehouseError } from './errors/gatehouse-error.js';
import { bodyTooLarge } from './read-body.js';

type Decoder = (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

/** Content codings that a client may send (RFC 9110 section 8.4.1, RFC 7932, RFC 8878). */
const DECODERS: Readonly<Record<string, Decoder>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
};

/**
 * Undoes the content coding of a request's body. The limit holds for the decoded bytes: decoding stops there, so that
 * a small body cannot grow without bound.
 * @param body as received
 * @param encoding the `Content-Encoding` header
 * @param limitBytes largest decoded body
 * @throws GatehouseError `body_too_large`, or `request_invalid` when the coding is not known or the body is damaged
 */
export async function decodedRequestBody(
  body: Buffer,
  encoding: string | undefined,
  limitBytes: number,
): Promise<Buffer> {
  const name = encoding?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity' || body.length === 0) return body;
  const decode = Object.hasOwn(DECODERS, name) ? DECODERS[name] : undefined;
  if (decode === undefined)
    throw invalid('The content coding is not known; use gzip, deflate, br, zstd or none.');
  try {
    return await decode(body, { maxOutputLength: limitBytes });
  } catch (error) {
    if (isTooLarge(error)) throw bodyTooLarge(limitBytes);
    throw invalid('The body is not what its content coding says.');
  }
}

function isTooLarge(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    error.code === 'ERR_BUFFER_TOO_LARGE'
  );
}

function invalid(message: string): GatehouseError {
  return new GatehouseError('request_invalid', { message, param: 'content-encoding' });
}
