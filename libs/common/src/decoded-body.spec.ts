import {
  brotliCompressSync,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';
import { decodedRequestBody } from './read-body.js';

const BODY = Buffer.from('{"model":"m"}');

describe('decodedRequestBody', () => {
  it.each([
    [undefined, BODY],
    ['identity', BODY],
    ['gzip', gzipSync(BODY)],
    ['GZip', gzipSync(BODY)],
    ['deflate', deflateSync(BODY)],
    ['deflate', deflateRawSync(BODY)],
    ['X-GZip', gzipSync(BODY)],
    ['br', brotliCompressSync(BODY)],
    ['zstd', zstdCompressSync(BODY)],
  ])('undoes %s', async (encoding, bytes) => {
    expect((await decodedRequestBody(bytes, encoding, 100)).equals(BODY)).toBe(true);
  });

  it.each([
    ['gzip', gzipSync(Buffer.alloc(10_000_000))],
    ['deflate', deflateSync(Buffer.alloc(10_000_000))],
    ['br', brotliCompressSync(Buffer.alloc(10_000_000))],
    ['zstd', zstdCompressSync(Buffer.alloc(10_000_000))],
  ])('refuses a bomb (%s)', async (encoding, bytes) => {
    await expect(decodedRequestBody(bytes, encoding, 1_000_000)).rejects.toMatchObject({
      code: 'body_too_large',
    });
  });

  it.each([
    ['compress', BODY],
    ['gzip, gzip', gzipSync(BODY)],
    ['constructor', BODY],
    ['gzip', BODY],
    ['br', Buffer.from('no')],
    ['gzip', gzipSync(BODY).subarray(0, -4)],
  ])('refuses %s that is not known or not true', async (encoding, bytes) => {
    await expect(decodedRequestBody(bytes, encoding, 100)).rejects.toMatchObject({
      code: 'request_invalid',
    });
  });
});
