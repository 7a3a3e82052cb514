import { PassThrough, Readable } from 'node:stream';
import { readBody } from './read-body.js';

describe('readBody', () => {
  it('returns the bytes of all chunks in order', async () => {
    const body = await readBody(Readable.from([Buffer.from('ab'), Buffer.from('c')]), 3);
    expect(body.toString()).toBe('abc');
  });

  it('gives the memory of the chunks of a large body back, and touches no memory that is shared', async () => {
    const shared = Buffer.alloc(100_000, 'b').subarray(1);
    const chunks = [Buffer.alloc(50_000, 'a'), Buffer.alloc(50_000, 'a'), shared];
    const body = await readBody(Readable.from(chunks), 1_000_000);
    expect(body.equals(Buffer.from('a'.repeat(100_000) + 'b'.repeat(99_999)))).toBe(true);
    expect(chunks.map(({ length }) => length)).toEqual([0, 0, 99_999]);
  });

  it('returns an empty buffer for an empty body', async () => {
    await expect(readBody(Readable.from([]), 3)).resolves.toHaveLength(0);
  });

  it('refuses a body that is announced as too large without reading it', async () => {
    const stream = new PassThrough();
    await expect(readBody(stream, 3, '4')).rejects.toMatchObject({ code: 'body_too_large' });
    expect(stream.listenerCount('data')).toBe(0);
  });

  it('refuses while reading as soon as the limit is passed', async () => {
    const stream = new PassThrough();
    const reading = readBody(stream, 3);
    stream.write('abcd');
    await expect(reading).rejects.toMatchObject({ code: 'body_too_large' });
    expect(stream.isPaused()).toBe(true);
  });

  it('refuses a body that ends early', async () => {
    const stream = new PassThrough();
    const reading = readBody(stream, 3);
    stream.destroy();
    await expect(reading).rejects.toMatchObject({ code: 'request_invalid' });
  });
});
