import { typedEvents } from '#support/fake-operations';
import { ResponsesFormat } from './responses-format.js';
import { UsageTap } from './usage-tap.js';

const format = new ResponsesFormat();
const USAGE = { input_tokens: 3, output_tokens: 2, total_tokens: 5 };
const event = (type: string, further: object = {}) => ({ type, ...further });
const completed = (response: object) => event('response.completed', { response });

const read = (text: string, size = text.length) => {
  const tap = new UsageTap(format, false);
  const bytes = Buffer.from(text);
  const sent: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size)
    sent.push(...tap.push(bytes.subarray(at, at + size)));
  const passed = Buffer.concat(sent).toString();
  return { tap, passed, kept: Buffer.concat(tap.finish()).toString(), reading: tap.reading };
};

describe('a stream of typed events', () => {
  const delta = typedEvents(event('response.output_text.delta', { delta: 'héllo' }));
  const last = typedEvents(completed({ usage: USAGE, service_tier: 'flex', output: [] }));

  it('is passed on up to its last event, which waits for the entry', () => {
    for (const size of [1, 13, 10_000]) {
      const { passed, kept, reading, tap } = read(delta + last, size);
      expect([passed, kept]).toEqual([delta, last]);
      expect(tap.isDone).toBe(true);
      expect(reading).toMatchObject({
        usage: USAGE,
        isFinal: true,
        serviceTier: 'flex',
        isEmpty: false,
        textEvents: 1,
        textBytes: 6,
        items: 0,
      });
    }
  });

  it('is read where events have no name and the type is not the first member', () => {
    const data = { response: { usage: USAGE, output: [] }, type: 'response.completed' };
    const { reading, tap } = read(`data: ${JSON.stringify(data)}\n\n`);
    expect([reading.usage, reading.isFinal, tap.isDone]).toEqual([USAGE, true, true]);
  });

  it('is not ended by the text of a model', () => {
    const text = 'event: response.completed\n"type":"response.completed"';
    const { tap } = read(typedEvents(event('response.output_text.delta', { delta: text })));
    expect(tap.isDone).toBe(false);
  });

  it('does not count text again that is repeated whole', () => {
    const done = typedEvents(
      event('response.output_text.done', { text: 'hello' }),
      event('response.content_part.done', { part: { type: 'output_text', text: 'hello' } }),
    );
    expect(read(delta + done).reading.textEvents).toBe(1);
  });

  it.each([
    ['begin', event('response.created', { response: { usage: null } })],
    ['fail', event('response.failed', { response: { error: { code: 'x' }, usage: null } })],
    ['report an error', event('error', { message: 'x' })],
  ])('is empty where its events only %s', (_what, one) => {
    expect(read(typedEvents(one)).reading.isEmpty).toBe(true);
  });
});

describe('a whole response', () => {
  const body = (value: object) => Buffer.from(JSON.stringify(value));

  it('has usage, tier and searches', () => {
    const output = [
      { type: 'web_search_call', action: { type: 'search', query: 'type' } },
      { type: 'web_search_call', action: { type: 'find_in_page' } },
      { type: 'message', content: [{ type: 'output_text', text: '"type":"web_search_call"' }] },
    ];
    expect(
      format.readBody(body({ usage: USAGE, service_tier: 'flex', error: null, output })),
    ).toEqual({
      usage: USAGE,
      serviceTier: 'flex',
      isError: false,
      hasFailed: false,
      items: 1,
    });
  });

  it.each([
    ['an error', { error: { message: 'x' } }, true],
    ['a failed response', { status: 'failed', error: { code: 'x' }, usage: null }, true],
    ['a response', { error: null }, false],
  ])('reports that it is %s', (_what, value, isError) => {
    expect(format.readBody(body(value))).toMatchObject({ usage: null, isError });
  });

  it('that is cut says nothing', () => {
    expect(format.readBody(Buffer.from('{"usage":{"input_tokens":3'))).toMatchObject({
      usage: null,
    });
  });
});
