import { GatehouseError, type WireFormat } from '#libs/common';
import type { ResponseFormat } from './response-format.js';
import { StreamEvents } from './stream-events.js';

function dataAfter(
  events: readonly string[],
  format: Pick<ResponseFormat, 'events'> = {},
  wire: WireFormat = 'openai',
): Record<string, unknown> {
  const stream = new StreamEvents({ format, wire, requestId: 'req-1' });
  for (const event of events) stream.note(event);
  const text = stream.errorEvent(new GatehouseError('upstream_timeout')).toString();
  const [, name, data = ''] = /^(?:event: (\w+)\n)?data: (.*)\n\n$/.exec(text) ?? [];
  return { name, ...(JSON.parse(data) as object) };
}

const CHAT = 'data: {"choices":[{"delta":{"content":"a"}}]}\n\n';
const DELTA = 'data: {"type":"response.output_text.delta","sequence_number":7,"delta":"x"}\n\n';
const ERROR = { error: { reason: 'upstream_timeout' } };

describe('the error event of a stream', () => {
  it('is the envelope alone where events have no types', () => {
    expect(dataAfter([CHAT])).toEqual({ error: expect.objectContaining(ERROR.error) as object });
  });

  it.each([
    ['after an event and a comment', [DELTA, ': ping\n\n'], 8],
    ['after one that broke off', [DELTA, 'data: {"sequence_number":9'], 8],
    ['after what cannot be read', ['data: {"sequence_number":\n\n'], 0],
    ['before any', [], 0],
  ])('has the next number where events have one, %s', (_what, events, next) => {
    expect(dataAfter(events, { events: 'numbered' })).toMatchObject({
      ...ERROR,
      name: 'error',
      type: 'error',
      code: 'upstream_timeout',
      sequence_number: next,
    });
  });

  it('is typed as the events before it where nothing is known of the operation', () => {
    expect(dataAfter([DELTA])).toMatchObject({ type: 'error', sequence_number: 8 });
    expect(dataAfter(['data: {"type":"image.partial"}\n\n'])).toMatchObject({ type: 'error' });
  });

  it('has the form of the other APIs', () => {
    expect(dataAfter([], {}, 'anthropic')).toMatchObject({
      name: 'error',
      type: 'error',
      error: { type: 'timeout_error' },
    });
    expect(dataAfter([DELTA], {}, 'google')).toEqual({
      error: expect.objectContaining({ code: 504, status: 'DEADLINE_EXCEEDED' }) as object,
    });
  });
});
