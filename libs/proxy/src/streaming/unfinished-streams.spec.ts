import { ENDPOINTS } from '../endpoints/index.js';
import type { ResponseFormat } from './response-format.js';
import { UsageTap } from './usage-tap.js';

const formatOf = (route: string): ResponseFormat => {
  const found = ENDPOINTS.find((endpoint) => endpoint.route.endsWith(route))?.responseFormat;
  if (found === undefined) throw new Error(`${route} is not a route`);
  return found;
};
const event = (data: object, name = ''): string =>
  `${name === '' ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`;
const typed = (type: string, members: object = {}): string => event({ type, ...members }, type);
const choice = (delta: object, finish: string | null = null): string =>
  event({ choices: [{ index: 0, delta, finish_reason: finish }] });

/** Whole streams, and how many of their events from the end on may be missing. */
const STREAMS: readonly (readonly [route: string, events: readonly string[], spare: number])[] = [
  [
    'chat/completions',
    [choice({ content: 'a' }), choice({}, 'stop'), event({ choices: [] }), 'data: [DONE]\n\n'],
    2,
  ],
  [
    '/completions',
    [event({ choices: [{ text: 'a', finish_reason: 'length' }] }), 'data: [DONE]\n\n'],
    1,
  ],
  [
    '/messages',
    [
      typed('message_start', { message: { usage: { input_tokens: 3, output_tokens: 1 } } }),
      typed('content_block_delta', { delta: { type: 'text_delta', text: 'a' } }),
      typed('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } }),
      typed('message_stop'),
    ],
    0,
  ],
  [
    '/responses',
    [
      typed('response.created', { response: { id: 'resp_1', status: 'in_progress' } }),
      typed('response.output_text.delta', { delta: 'a' }),
      typed('response.completed', { response: { id: 'resp_1', status: 'completed' } }),
    ],
    0,
  ],
  [
    '{model}:streamGenerateContent',
    [
      event({ candidates: [{ content: { parts: [{ text: 'a' }] } }] }),
      event({ candidates: [{ content: { parts: [{ text: 'b' }] }, finishReason: 'STOP' }] }),
    ],
    0,
  ],
  [
    '/audio/speech',
    [
      typed('speech.audio.delta', { audio: 'AAAA' }),
      typed('speech.audio.done', { usage: { input_tokens: 1, output_tokens: 1 } }),
    ],
    0,
  ],
  [
    '/audio/transcriptions',
    [typed('transcript.text.delta', { delta: 'a' }), typed('transcript.text.done', { text: 'a' })],
    0,
  ],
];

function tapAfter(format: ResponseFormat, pieces: readonly string[]): UsageTap {
  const tap = new UsageTap(format, false);
  for (const piece of pieces) tap.push(Buffer.from(piece));
  tap.finish();
  return tap;
}

describe('a stream whose connection ends in order', () => {
  it.each(STREAMS)('is whole with its last event, however it is split (%s)', (route, events) => {
    const whole = events.join('');
    for (let at = 0; at <= whole.length; at += 1) {
      const tap = tapAfter(formatOf(route), [whole.slice(0, at), whole.slice(at)]);
      expect([at, tap.isCut]).toEqual([at, false]);
    }
    // The blank line behind the last event may be missing.
    expect(tapAfter(formatOf(route), [whole.trimEnd()]).isCut).toBe(false);
  });

  it.each(STREAMS)('is cut wherever its end is missing (%s)', (route, events, spare) => {
    const needed = events.slice(0, events.length - spare).join('').length;
    const whole = events.join('');
    // An event that names the reason of the finish says enough, also where it has no end.
    const finish = /"finish_?reason":"[a-z]/i.exec(whole);
    const told = finish === null ? needed - 4 : finish.index + finish[0].length - 1;
    const passed = [];
    for (let at = events[0]?.length ?? 0; at < told; at += 1)
      if (!tapAfter(formatOf(route), [whole.slice(0, at)]).isCut) passed.push(at);
    expect(passed).toEqual([]);
    expect(tapAfter(formatOf(route), [whole.slice(0, needed)]).isCut).toBe(false);
  });

  it('is not cut where an event says that it has failed', () => {
    const [start, text] = STREAMS[2]?.[1] ?? [];
    const failed = typed('error', { error: { type: 'overloaded_error' } });
    expect(tapAfter(formatOf('/messages'), [start ?? '', text ?? '', failed]).isCut).toBe(false);
  });

  it('is not cut where its last event was too large to be looked at', () => {
    const large = choice({ content: 'x'.repeat(300_000) }, 'stop');
    const pieces = [choice({ content: 'a' }), large.slice(0, 280_000), large.slice(280_000)];
    const format = formatOf('chat/completions');
    expect(tapAfter(format, pieces).isCut).toBe(false);
    expect(tapAfter(format, pieces.slice(0, 2)).isCut).toBe(false);
    expect(tapAfter(format, [...pieces, choice({ content: 'a' })]).isCut).toBe(true);
  });

  it('is not cut where nothing tells how it ends', () => {
    const blocked = event({ promptFeedback: { blockReason: 'SAFETY' } });
    expect(tapAfter(formatOf('{model}:streamGenerateContent'), [blocked]).isCut).toBe(false);
    const picture = typed('image_generation.partial_image', { b64_json: 'AAAA' });
    expect(tapAfter(formatOf('/images/generations'), [picture]).isCut).toBe(false);
  });
});
