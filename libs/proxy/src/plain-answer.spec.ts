import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { decodedBody, usageOfBody } from './plain-answer.js';

const BODY = Buffer.from('{"usage":{"prompt_tokens":1}}');

describe('decodedBody', () => {
  it.each([
    [undefined, BODY],
    ['identity', BODY],
    ['gzip', gzipSync(BODY)],
    ['GZIP', gzipSync(BODY)],
    ['deflate', deflateSync(BODY)],
    ['br', brotliCompressSync(BODY)],
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

describe('usageOfBody', () => {
  it('finds the usage of an answer', () => {
    expect(usageOfBody(BODY)).toEqual({ prompt_tokens: 1 });
  });

  it.each([
    '',
    '[]',
    'null',
    '"usage"',
    '{"usage":null}',
    '{"usage":1}',
    '{"a":{"usage":{}}}',
    '{"usage":{',
  ])('finds none in %s', (text) => {
    expect(usageOfBody(Buffer.from(text))).toBeNull();
  });
});
