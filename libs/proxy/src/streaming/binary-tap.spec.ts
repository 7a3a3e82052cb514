import { ANTHROPIC_EVENTS } from '#support/anthropic-messages';
import { bedrockStream, chunkFrame, eventFrame, exceptionFrame } from '#support/fake-bedrock';
import { BY_TOKENS } from '#libs/spend';
import { formatFor } from '../pass-through/response-formats.js';
import { UsageTap, type TapReading } from './usage-tap.js';
import { BinaryTap } from './binary-tap.js';

const CLAUDE = '/model/eu.anthropic.claude-x-v1:0/invoke-with-response-stream';
const NOVA = '/model/amazon.nova-lite-v1:0/invoke-with-response-stream';
const CONVERSE = '/model/eu.anthropic.claude-x-v1:0/converse-stream';
const event = (type: string, body: object): Buffer =>
  eventFrame({ ':message-type': 'event', ':event-type': type }, JSON.stringify(body));

const converse = Buffer.concat([
  event('messageStart', { role: 'assistant', p: 'ab' }),
  event('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Hello' }, p: 'abc' }),
  event('contentBlockStop', { contentBlockIndex: 0 }),
  event('messageStop', { stopReason: 'end_turn' }),
  event('metadata', {
    usage: { inputTokens: 7, outputTokens: 2, totalTokens: 14, cacheReadInputTokens: 5 },
    metrics: { latencyMs: 12 },
  }),
]);
const nova = Buffer.concat([
  chunkFrame(JSON.stringify({ contentBlockDelta: { delta: { text: 'Hello' } } })),
  chunkFrame(
    JSON.stringify({
      metadata: { metrics: {} },
      'amazon-bedrock-invocationMetrics': { inputTokenCount: 7, outputTokenCount: 2 },
    }),
  ),
]);

function read(below: string, pieces: readonly Buffer[]): { reading: TapReading; sent: Buffer } {
  const format = formatFor({ model: 'm', below, billing: BY_TOKENS }, 'POST');
  const tap = new BinaryTap(new UsageTap(format, false));
  const sent = pieces.flatMap((piece) => tap.push(piece));
  const early = Buffer.concat(sent).length;
  const last = tap.finish();
  // The end waits for the entry.
  if (tap.isDone) expect(early).toBeLessThan(Buffer.concat(pieces).length);
  return { reading: tap.reading, sent: Buffer.concat([...sent, ...last]) };
}

describe('a binary stream of Bedrock that is passed on', () => {
  it.each([
    ['Claude', CLAUDE, bedrockStream(ANTHROPIC_EVENTS), { input_tokens: 25, output_tokens: 15 }],
    ['Nova', NOVA, nova, { inputTokens: 7, outputTokens: 2 }],
    ['Converse', CONVERSE, converse, { inputTokens: 7, cacheReadInputTokens: 5 }],
  ])('has its usage read, and its bytes as they came: %s', (_name, below, bytes, usage) => {
    const whole = read(below, [bytes]);
    expect(whole.reading).toMatchObject({ usage, isFinal: true, isEmpty: false, hasFailed: false });
    expect(whole.reading.textBytes).toBeGreaterThan(0);
    const single = read(
      below,
      Array.from(bytes, (_byte, at) => bytes.subarray(at, at + 1)),
    );
    expect([single.reading, single.sent.equals(bytes)]).toEqual([whole.reading, true]);
  });

  it('has failed with an exception', () => {
    const bytes = exceptionFrame('throttlingException', 'x');
    const { reading, sent } = read(CONVERSE, [bytes]);
    expect(reading).toMatchObject({ usage: null, isEmpty: true, hasFailed: true });
    expect(sent).toEqual(bytes);
  });

  it('is passed on where it cannot be read, and its usage is not final', () => {
    const bytes = Buffer.from(bedrockStream(ANTHROPIC_EVENTS));
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    for (const changed of [bytes, Buffer.concat([Buffer.alloc(20), bytes])]) {
      const { sent } = read(CLAUDE, [changed.subarray(0, 30), changed.subarray(30)]);
      expect(sent).toEqual(changed);
    }
    expect(read(CLAUDE, [bytes.subarray(0, 900)]).reading).toMatchObject({ isFinal: false });
  });
});
