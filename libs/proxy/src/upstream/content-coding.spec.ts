import {
  brotliCompressSync,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';
import { decodedBody } from './response-headers.js';

const BODY = Buffer.from('{"usage":{"prompt_tokens":1}}');

describe('decodedBody', () => {
  it.each([
    [undefined, BODY],
    ['identity', BODY],
    ['gzip', gzipSync(BODY)],
    ['GZIP', gzipSync(BODY)],
    ['deflate', deflateSync(BODY)],
    ['deflate', deflateRawSync(BODY)],
    ['br', brotliCompressSync(BODY)],
    ['zstd', zstdCompressSync(BODY)],
  ])('reads coding %s', async (encoding, bytes) => {
    expect((await decodedBody(bytes, encoding))?.equals(BODY)).toBe(true);
  });

  it.each([
    ['a coding that is not known', 'zstd-x', BODY],
    ['a chain of codings', 'gzip, gzip', BODY],
    ['a name of a built-in member', 'constructor', BODY],
    ['bytes that are not what they claim', 'gzip', BODY],
  ])('refuses %s', async (_what, encoding, bytes) => {
    expect(await decodedBody(bytes, encoding)).toBeNull();
  });

  it('refuses a bomb', async () => {
    const bomb = gzipSync(Buffer.alloc(70_000_000));
    expect(await decodedBody(bomb, 'gzip')).toBeNull();
  });
});
