import type { Transform } from 'node:stream';
import { promisify } from 'node:util';
import {
  brotliDecompress,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
  gunzip,
  inflate,
  inflateRaw,
  zstdDecompress,
} from 'node:zlib';

/** The compression method of the zlib format, in the low four bits of its first byte (RFC 1950, 2.2). */
const ZLIB_METHOD = 8;

/** How the content coding of a body is undone. */
export interface ContentCoding {
  /** Decodes a whole body; rejects above the given size with the code `ERR_BUFFER_TOO_LARGE`. */
  readonly whole: (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;
  /** Makes the decoder of a stream, of which the first chunk is known. */
  readonly stream: (first: Buffer) => Transform;
}

const GZIP: ContentCoding = { whole: promisify(gunzip), stream: () => createGunzip() };

/** Some senders send bare deflate data (RFC 1951) under this name, which RFC 9110, 8.4.1.2 mentions. */
const DEFLATE: ContentCoding = {
  whole: async (body, options) =>
    isZlib(body) ? promisify(inflate)(body, options) : promisify(inflateRaw)(body, options),
  stream: (first) => (isZlib(first) ? createInflate() : createInflateRaw()),
};

/** Content codings of RFC 9110, 8.4.1, RFC 7932 and RFC 8878, of requests and of responses. */
const CODINGS: Readonly<Record<string, ContentCoding>> = {
  gzip: GZIP,
  'x-gzip': GZIP,
  deflate: DEFLATE,
  br: { whole: promisify(brotliDecompress), stream: () => createBrotliDecompress() },
  zstd: { whole: promisify(zstdDecompress), stream: () => createZstdDecompress() },
};

/**
 * Returns how a content coding is undone, `identity` where there is none, and `null` where it is not known. Several
 * codings after another are not known.
 * @param encoding the `Content-Encoding` header
 */
export function contentCodingOf(encoding: string | undefined): ContentCoding | 'identity' | null {
  const name = encoding?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity') return 'identity';
  return (Object.hasOwn(CODINGS, name) ? CODINGS[name] : undefined) ?? null;
}

function isZlib(first: Buffer): boolean {
  return ((first[0] ?? 0) & 0x0f) === ZLIB_METHOD;
}
