import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { readBody, readRequestBody, receivedBody } from './read-body.js';

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

describe('receivedBody', () => {
  const received = (...pieces: readonly string[]): IncomingMessage => {
    const request = new IncomingMessage(new Socket());
    for (const piece of pieces) request.push(Buffer.from(piece));
    request.push(null);
    request.complete = true;
    return request;
  };

  it('returns the bytes of all pieces at once, and the request then ends', async () => {
    const request = received('ab', 'c');
    expect(receivedBody(request, 3)?.toString()).toBe('abc');
    await new Promise((resolve) => request.on('end', resolve));
  });

  it('returns an empty buffer for an empty body', () => {
    expect(receivedBody(received(), 3)).toHaveLength(0);
  });

  it('refuses a body that is larger than the limit', () => {
    expect(() => receivedBody(received('ab', 'cd'), 3)).toThrow(
      expect.objectContaining({ code: 'body_too_large' }),
    );
  });

  it('leaves what comes later to readRequestBody, which needs no listeners for what comes at once', async () => {
    const unfinished = new IncomingMessage(new Socket());
    expect(receivedBody(unfinished, 3)).toBeNull();
    const reading = readRequestBody(unfinished, 3);
    unfinished.push(Buffer.from('abc'));
    unfinished.push(null);
    unfinished.complete = true;
    expect((await reading).toString()).toBe('abc');
    expect(unfinished.listenerCount('data')).toBe(0);
  });

  it('and readRequestBody to readBody what comes later still', async () => {
    const unfinished = new IncomingMessage(new Socket());
    const reading = readRequestBody(unfinished, 3);
    setImmediate(() => {
      unfinished.push(Buffer.from('abc'));
      unfinished.push(null);
    });
    expect((await reading).toString()).toBe('abc');
    const gone = new IncomingMessage(new Socket()).destroy();
    await expect(readRequestBody(gone, 3)).rejects.toMatchObject({ code: 'request_invalid' });
  });

  it('leaves alone what has not come whole, and what others read or gave up', () => {
    const flowing = received('a').on('data', () => undefined);
    const destroyed = received('a').destroy();
    const unfinished = new IncomingMessage(new Socket());
    for (const request of [flowing, destroyed, unfinished])
      expect(receivedBody(request, 3)).toBeNull();
  });
});
