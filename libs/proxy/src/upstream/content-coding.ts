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

/** Larger buffered responses are given up: they are held whole, so that their usage is known before they leave. */
export const MAX_ANSWER_BYTES = 67_108_864;

/** The compression method of the zlib format, in the low four bits of its first byte (RFC 1950, 2.2). */
const ZLIB_METHOD = 8;

interface Coding {
  /** Decodes a whole body; rejects above the given size. */
  readonly whole: (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;
  /** Makes the decoder of a stream, of which the first chunk is known. */
  readonly stream: (first: Buffer) => Transform;
}

const GZIP: Coding = { whole: promisify(gunzip), stream: () => createGunzip() };

/** Some servers send bare deflate data (RFC 1951) under this name, which RFC 9110, 8.4.1.2 mentions. */
const DEFLATE: Coding = {
  whole: async (body, options) =>
    isZlib(body) ? promisify(inflate)(body, options) : promisify(inflateRaw)(body, options),
  stream: (first) => (isZlib(first) ? createInflate() : createInflateRaw()),
};

/** Content codings of RFC 9110, 8.4.1, RFC 7932 and RFC 8878. */
const CODINGS: Readonly<Record<string, Coding>> = {
  gzip: GZIP,
  'x-gzip': GZIP,
  deflate: DEFLATE,
  br: { whole: promisify(brotliDecompress), stream: () => createBrotliDecompress() },
  zstd: { whole: promisify(zstdDecompress), stream: () => createZstdDecompress() },
};

/**
 * Undoes the content coding of a response that was compressed although `identity` was asked for.
 * @param body as received
 * @param encoding the `Content-Encoding` header
 * @returns the decoded bytes, or `null` when they cannot be had within the size limit
 */
export async function decodedBody(
  body: Buffer,
  encoding: string | undefined,
): Promise<Buffer | null> {
  const coding = codingOf(encoding);
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
export function streamDecoder(encoding: string | undefined): Coding['stream'] | 'identity' | null {
  const coding = codingOf(encoding);
  return coding === 'identity' || coding === null ? coding : coding.stream;
}

function codingOf(encoding: string | undefined): Coding | 'identity' | null {
  const name = encoding?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity') return 'identity';
  return (Object.hasOwn(CODINGS, name) ? CODINGS[name] : undefined) ?? null;
}

function isZlib(first: Buffer): boolean {
  return ((first[0] ?? 0) & 0x0f) === ZLIB_METHOD;
}
