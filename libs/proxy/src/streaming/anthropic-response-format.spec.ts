import {
  ANTHROPIC_EVENTS,
  ANTHROPIC_MESSAGE,
  ANTHROPIC_USAGE,
  anthropicEvent,
  TOOL_EVENTS,
} from '#support/anthropic-messages';
import { AnthropicResponseFormat } from './anthropic-response-format.js';
import { messageUsageOf } from './anthropic-usage.js';
import { readResponse } from './buffered-response.js';
import { estimateStreamOutput } from './output-estimate.js';
import { UsageTap, type TapReading } from './usage-tap.js';

const format = new AnthropicResponseFormat();

function readingOf(events: readonly string[]): TapReading {
  const tap = new UsageTap(format, false);
  for (const event of events) tap.push(Buffer.from(event));
  tap.finish();
  return tap.reading;
}

describe('the usage of a stream of Anthropic', () => {
  const whole = Buffer.from(ANTHROPIC_EVENTS.join(''));

  it('is that of its start and its end together, wherever the bytes are cut, and every byte is passed on', () => {
    for (let at = 0; at <= whole.length; at += 1) {
      const tap = new UsageTap(format, false);
      const sent = [...tap.push(whole.subarray(0, at)), ...tap.push(whole.subarray(at))];
      expect(Buffer.concat([...sent, ...tap.finish()]).equals(whole)).toBe(true);
      expect(tap.reading).toMatchObject({ usage: ANTHROPIC_USAGE, isFinal: true, isEmpty: false });
      expect(tap.isDone).toBe(true);
    }
  });

  it('keeps the end of the stream back', () => {
    const tap = new UsageTap(format, false);
    const sent = Buffer.concat(tap.push(whole)).toString();
    expect(sent).not.toContain('message_stop');
    expect(Buffer.concat(tap.finish()).toString()).toBe(ANTHROPIC_EVENTS.at(-1));
  });

  it('is that of the last report, where one repeats the counts of the start', () => {
    const again = { ...ANTHROPIC_USAGE, input_tokens: 26, cache_read_input_tokens: null };
    const events = [
      ...ANTHROPIC_EVENTS.slice(0, -2),
      anthropicEvent({
        ...{ type: 'message_delta', delta: { stop_reason: 'end_turn' } },
        usage: { ...again, output_tokens: 99 },
      } as { type: string }),
    ];
    expect(readingOf(events)).toMatchObject({
      usage: { input_tokens: 26, cache_read_input_tokens: 40, output_tokens: 99 },
      isFinal: true,
    });
  });

  it('is not final without the end of the message, and is estimated from the text', () => {
    for (const [events, bytes] of [
      [ANTHROPIC_EVENTS, 'Hello there, \\"friend\\".'.length],
      [TOOL_EVENTS, '{\\"command\\":\\"ls\\"}'.length],
    ] as const) {
      const reading = readingOf(events.slice(0, 5));
      expect(reading).toMatchObject({ isFinal: false, isEmpty: false, textBytes: bytes });
      expect(reading.interim).toMatchObject({ inputTokens: 95, outputTokens: 1 });
      expect(estimateStreamOutput(reading)).toBe(Math.ceil(bytes / 4));
    }
  });

  it.each([
    ['pings', [anthropicEvent({ type: 'ping' }), ': comment\n\n']],
    ['an error', ['event: error\ndata: {"type":"error","error":{"type":"overloaded_error"}}\n\n']],
    ['its end', [anthropicEvent({ type: 'message_stop' })]],
  ])('is nothing with %s alone', (_kind, events) => {
    expect(readingOf(events)).toMatchObject({ isEmpty: true, usage: null });
  });

  it('does not end with a text that quotes the end', () => {
    const text = '{"type":"message_stop"}';
    const delta = { type: 'text_delta', text };
    const event = anthropicEvent({ type: 'content_block_delta', index: 0, delta } as never);
    expect(format.isDone(event)).toBe(false);
  });
});

describe('the usage of a buffered message of Anthropic', () => {
  const read = (body: unknown) => readResponse(format, Buffer.from(JSON.stringify(body)), false);

  it('stands beside its content, also of a long one', () => {
    for (const text of ['short', '"usage": {'.repeat(10_000)]) {
      const body = { ...ANTHROPIC_MESSAGE, content: [{ type: 'text', text }] };
      expect(read(body)).toMatchObject({ usage: ANTHROPIC_USAGE, isEmpty: false });
    }
  });

  it('is none with an error', () => {
    const error = { type: 'error', error: { type: 'api_error', message: 'x' } };
    expect(read(error)).toMatchObject({ usage: null, isEmpty: true });
  });

  it('is estimated from the text where the body broke off', () => {
    const cut = Buffer.from(JSON.stringify(ANTHROPIC_MESSAGE).slice(0, 130));
    const reading = readResponse(format, cut, false);
    expect([reading.usage, reading.estimateOutput()]).toEqual([null, 5]);
  });
});

describe('the price of a message of Anthropic', () => {
  it('covers the summaries that its top level leaves out', () => {
    const summary = {
      ...{ type: 'compaction', input_tokens: 100, output_tokens: 10 },
      ...{ cache_read_input_tokens: 5, cache_creation_input_tokens: 3 },
      cache_creation: { ephemeral_5m_input_tokens: 1, ephemeral_1h_input_tokens: 2 },
    };
    const message = { ...summary, type: 'message' };
    const { usage } = messageUsageOf({ ...ANTHROPIC_USAGE, iterations: [summary, message] });
    expect(usage).toMatchObject({
      input_tokens: 125,
      output_tokens: 25,
      cache_read_input_tokens: 45,
      cache_creation_input_tokens: 33,
      cache_creation: { ephemeral_5m_input_tokens: 21, ephemeral_1h_input_tokens: 12 },
    });
  });

  it.each([
    [{ service_tier: 'priority' }, 'priority'],
    [{ speed: 'fast' }, 'standard+speed_fast'],
    [
      { speed: 'standard', inference_geo: 'global' },
      'standard+speed_standard+inference_geo_global',
    ],
    [{ inference_geo: 'US' }, 'standard+inference_geo_us'],
    [{ iterations: [{ type: 'advisor_message' }] }, 'advisor_message'],
    [{ iterations: null }, 'standard'],
  ])('is of the price class that %j names', (members, tier) => {
    expect(messageUsageOf({ ...ANTHROPIC_USAGE, ...members }).serviceTier).toBe(tier);
  });

  it('is suspect where a count of a summary is not one', () => {
    const summary = { type: 'compaction', input_tokens: 'many', output_tokens: 10 };
    const { usage } = messageUsageOf({ ...ANTHROPIC_USAGE, iterations: [summary] });
    expect(usage['input_tokens']).toBe('many');
  });
});
