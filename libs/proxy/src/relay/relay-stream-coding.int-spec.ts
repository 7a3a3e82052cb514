import {
  brotliCompressSync,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';
import { eventually } from '#support/eventually';
import type { FakeBehaviour } from '#support/fake-behaviour';
import { post } from '#support/raw-client';
import { describeRelay, relayConfiguration } from '#support/relay-harness';

const TEXT = 'data: {"choices":[{"delta":{"content":"hello world"}}]}\n\n';
const USAGE =
  'data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13}}\n\n';
const DONE = 'data: [DONE]\n\n';
const EVENTS = `${TEXT}${USAGE}${DONE}`;

const coded = (coding: string, body: Buffer, more: FakeBehaviour = {}): FakeBehaviour => ({
  headers: { 'content-encoding': coding },
  body,
  ...more,
});

describeRelay(
  'a compressed event stream',
  (url) => relayConfiguration(url, ''),
  (relay, upstream) => {
    const start = (behaviour: FakeBehaviour, stream = true) => {
      upstream().enqueue(behaviour);
      return post(relay().chatUrl, {
        model: 'test',
        stream,
        messages: [{ role: 'user', content: 'hello' }],
      });
    };

    describe.each([
      ['gzip', gzipSync(EVENTS)],
      ['x-gzip', gzipSync(EVENTS)],
      ['deflate', deflateSync(EVENTS)],
      ['deflate', deflateRawSync(EVENTS)],
      ['br', brotliCompressSync(EVENTS)],
      ['zstd', zstdCompressSync(EVENTS)],
    ])('(%s)', (coding, body) => {
      it.each([1, 7, 100_000])(
        'is decoded and billed by its usage (%i bytes)',
        async (splitEvery) => {
          const response = await start(coded(coding, body, { splitEvery })).answer();
          expect(response).toMatchObject({ status: 200, text: `${TEXT}${DONE}` });
          expect(response.headers['content-encoding']).toBeUndefined();
          expect(relay().spend.outcomes).toMatchObject([
            {
              usageSource: 'provider',
              usage: { inputTokens: 9, outputTokens: 4 },
              succeeded: true,
            },
          ]);
        },
      );
    });

    it.each([
      ['an unknown coding', coded('compress', Buffer.from(EVENTS)), true],
      ['a body that is not what it claims', coded('gzip', Buffer.from(EVENTS)), true],
      ['a broken brotli body', coded('br', Buffer.alloc(64, 0xff)), true],
      ['a body that is cut at once', coded('gzip', gzipSync(EVENTS), { cutAfterBytes: 0 }), true],
      ['an unknown coding', coded('compress', Buffer.from('{}')), false],
      ['a body that is not what it claims', coded('zstd', Buffer.from('{}')), false],
      ['a body that is cut', { body: '{"choices":[]}', cutAfterBytes: 5 }, false],
      ['an uncompressed body that is cut at once', { body: EVENTS, cutAfterBytes: 0 }, true],
    ] as const)('costs nothing as %s: 502 (stream: %#)', async (_what, behaviour, stream) => {
      const response = await start(behaviour, stream).answer();
      expect(response.status).toBe(502);
      expect(relay().spend.outcomes).toMatchObject([
        { usageSource: 'none', costPico: 0n, usage: null, succeeded: false },
      ]);
    });

    it('is billed by its usage where the upstream reported it, although it cannot be delivered', async () => {
      const usage = '{"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13}}';
      const response = await start(
        { headers: { 'content-encoding': 'compress' }, body: usage },
        false,
      ).answer();
      expect(response.status).toBe(502);
      expect(relay().spend.outcomes).toMatchObject([{ usageSource: 'provider', succeeded: false }]);
    });

    it('that breaks later ends with an error event and is estimated by what was read', async () => {
      // Incompressible text, so that events come out before the cut.
      const noise = Array.from({ length: 4_000 }, (_, index) => Math.sin(index).toString(36)).join(
        '',
      );
      const events = `data: {"choices":[{"delta":{"content":"${noise.slice(0, 40_000)}"}}]}\n\n`;
      const body = gzipSync(events.repeat(3) + EVENTS);
      const half = { cutAfterBytes: Math.floor(body.length * 0.95) };
      const response = await start(coded('gzip', body, half)).answer();
      expect(response.status).toBe(200);
      expect(response.text).toMatch(/data: \{"error":.*upstream_invalid.*\}\n\n$/);
      expect(relay().spend.outcomes).toMatchObject([{ usageSource: 'estimate', succeeded: false }]);
      expect(relay().spend.outcomes[0]?.costPico).toBeGreaterThan(0n);
    });

    it('waits for a client that does not read, and is read on when that client leaves', async () => {
      const events = Array.from(
        { length: 600 },
        (_, index) =>
          `data: {"choices":[{"delta":{"content":"${String(index).padEnd(64_000, 'x')}"}}]}\n\n`,
      ).join('');
      const body = gzipSync(events + USAGE + DONE);
      const call = start(coded('gzip', body, { splitEvery: 1_000 }));
      const head = await call.head;
      head.pause();
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(relay().spend.outcomes).toEqual([]);
      head.destroy();
      await eventually(() =>
        expect(relay().spend.outcomes).toMatchObject([{ usageSource: 'provider' }]),
      );
    });
  },
);
