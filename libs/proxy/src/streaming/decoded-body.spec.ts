import { setTimeout as delay } from 'node:timers/promises';
import {
  createBrotliCompress,
  createDeflate,
  createDeflateRaw,
  createGzip,
  createZstdCompress,
  gzipSync,
} from 'node:zlib';
import { eventually } from '#support/eventually';
import { streamDecoder } from '../upstream/response-headers.js';
import type { BodySink, BodySource } from '../upstream/upstream-call.js';
import type { UpstreamFailure } from '../upstream/upstream-failure.js';
import { DecodedBody } from './decoded-body.js';

class FakeSource implements BodySource {
  sink: BodySink | null = null;
  isPaused = false;
  readonly aborts: string[] = [];

  receive(sink: BodySink): void {
    this.sink = sink;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  abort(kind: string): void {
    this.aborts.push(kind);
  }
}

class Collected implements BodySink {
  text = '';
  ends = 0;
  failures: UpstreamFailure[] = [];

  onData(chunk: Buffer): void {
    this.text += chunk.toString();
  }

  onEnd(): void {
    this.ends += 1;
  }

  onFailure(failure: UpstreamFailure): void {
    this.failures.push(failure);
  }
}

const CUT: UpstreamFailure = { kind: 'cut', wasSent: true, cause: new Error('reset') };

describe('DecodedBody', () => {
  const opened = (encoding: string) => {
    const makeDecoder = streamDecoder(encoding);
    if (makeDecoder === null || makeDecoder === 'identity') throw new Error('no decoder');
    const source = new FakeSource();
    const body = new DecodedBody(source, makeDecoder);
    const sink = new Collected();
    body.receive(sink);
    return { source, body, sink };
  };

  it.each([
    ['gzip', 'gzip', () => createGzip()],
    ['GZIP', 'gzip in capitals', () => createGzip()],
    ['x-gzip', 'gzip by its old name', () => createGzip()],
    ['deflate', 'zlib', () => createDeflate()],
    ['deflate', 'bare deflate', () => createDeflateRaw()],
    ['br', 'brotli', () => createBrotliCompress()],
    ['zstd', 'zstandard', () => createZstdCompress()],
  ])('decodes %s (%s) event by event', async (encoding, _what, createEncoder) => {
    const { source, sink } = opened(encoding);
    const encoder = createEncoder();
    encoder.on('data', (chunk: Buffer) => source.sink?.onData(chunk));
    let expected = '';
    for (const word of ['one', 'two', 'three']) {
      encoder.write(`data: ${word}\n\n`);
      encoder.flush();
      expected += `data: ${word}\n\n`;
      await eventually(() => expect(sink.text).toBe(expected));
    }
    encoder.end();
    encoder.on('end', () => source.sink?.onEnd());
    await eventually(() => expect(sink.ends).toBe(1));
    expect(sink.failures).toEqual([]);
  });

  it('stops reading from the source while its reader pauses', async () => {
    const { source, body, sink } = opened('gzip');
    const compressed = gzipSync(Buffer.alloc(4_000_000, 'x'));
    source.sink?.onData(compressed.subarray(0, 100));
    body.pause();
    source.sink?.onData(Buffer.concat([compressed.subarray(100), Buffer.alloc(0)]));
    source.sink?.onData(gzipSync(Buffer.alloc(60_000_000, 'y'), { level: 1 }));
    expect(source.isPaused).toBe(true);
    await delay(50);
    const heldBack = sink.text.length;
    expect(heldBack).toBeLessThan(1_000_000);
    body.resume();
    await eventually(() => expect(source.isPaused).toBe(false));
    expect(sink.text.length).toBeGreaterThan(heldBack);
  });

  it.each([
    ['a truncated body', gzipSync('data: x\n\n').subarray(0, -9), 'invalid'],
    ['bytes that are not compressed', Buffer.from('data: x\n\n'), 'invalid'],
  ])('reports %s once, and ends the call', async (_what, bytes, kind) => {
    const { source, sink } = opened('gzip');
    source.sink?.onData(bytes);
    source.sink?.onEnd();
    await eventually(() => expect(sink.failures).toMatchObject([{ kind }]));
    source.sink?.onFailure(CUT);
    expect(source.aborts).toEqual(['invalid']);
    expect(sink).toMatchObject({ ends: 0, failures: [{ kind }] });
  });

  it('delivers what came before the source broke off, even to a reader that pauses', async () => {
    const { source, body, sink } = opened('gzip');
    const encoder = createGzip();
    encoder.on('data', (chunk: Buffer) => source.sink?.onData(chunk));
    encoder.write('data: one\n\n');
    encoder.flush();
    await eventually(() => expect(sink.text).toBe('data: one\n\n'));
    body.pause();
    source.sink?.onFailure(CUT);
    await eventually(() => expect(sink.failures).toEqual([CUT]));
  });

  it('passes an empty body and an early failure on', () => {
    const empty = opened('br');
    empty.source.sink?.onEnd();
    expect(empty.sink).toMatchObject({ text: '', ends: 1 });
    const broken = opened('br');
    broken.source.sink?.onFailure(CUT);
    expect(broken.sink).toMatchObject({ ends: 0, failures: [CUT] });
  });
});
