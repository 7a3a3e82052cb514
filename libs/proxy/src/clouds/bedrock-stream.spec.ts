import { ANTHROPIC_EVENTS, TOOL_EVENTS } from '#support/anthropic-messages';
import { bedrockStream, chunkFrame, eventFrame, exceptionFrame } from '#support/fake-bedrock';
import { BedrockStream } from './bedrock-stream.js';

/** What a receiver gets of a stream that comes in these pieces. */
function received(pieces: readonly Buffer[], ending: 'end' | 'cut' = 'end') {
  const got = { text: '', endings: [] as string[], aborts: [] as string[] };
  const sink = {
    onData: (chunk: Buffer) => void (got.text += chunk.toString()),
    onEnd: () => void got.endings.push('end'),
    onFailure: ({ kind }: { kind: string }) => void got.endings.push(kind),
  };
  const stream = new BedrockStream(sink, { abort: (kind) => void got.aborts.push(kind) }, 'call-1');
  for (const piece of pieces) stream.onData(piece);
  if (ending === 'end') stream.onEnd();
  else stream.onFailure({ kind: 'cut', wasSent: true, cause: new Error('cut') });
  return got;
}

describe('the binary stream of Bedrock', () => {
  const whole = bedrockStream(ANTHROPIC_EVENTS);

  it.each([ANTHROPIC_EVENTS, TOOL_EVENTS])('becomes the events of Anthropic', (...events) => {
    expect(received([bedrockStream(events)])).toEqual({
      ...{ text: events.join(''), endings: ['end'], aborts: [] },
    });
  });

  it('becomes the same events wherever it is cut into two', () => {
    const expected = ANTHROPIC_EVENTS.join('');
    for (let at = 1; at < whole.length; at += 1)
      expect(received([whole.subarray(0, at), whole.subarray(at)]).text).toBe(expected);
  });

  it('becomes the same events byte by byte', () => {
    const bytes = Array.from(whole, (_byte, at) => whole.subarray(at, at + 1));
    expect(received(bytes).text).toBe(ANTHROPIC_EVENTS.join(''));
  });

  it('fails with the events before it for a byte that is another one', () => {
    const first = bedrockStream(ANTHROPIC_EVENTS.slice(0, 1));
    const second = bedrockStream(ANTHROPIC_EVENTS.slice(1, 2));
    for (let at = 4; at < second.length; at += 1) {
      const changed = Buffer.from(second);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const got = received([Buffer.concat([first, changed])]);
      expect(got).toEqual({
        ...{ text: ANTHROPIC_EVENTS[0], endings: ['invalid'], aborts: ['invalid'] },
      });
    }
  });

  it.each([0, 15, 2 ** 25, 2 ** 32 - 1])('fails for a message of %d bytes', (length) => {
    const prelude = Buffer.alloc(12);
    prelude.writeUInt32BE(length);
    expect(received([prelude]).endings).toEqual(['invalid']);
  });

  it('is cut where it ends within a message', () => {
    expect(received([whole.subarray(0, -1)]).endings).toEqual(['cut']);
    expect(received([whole.subarray(0, -1)], 'cut').endings).toEqual(['cut']);
  });

  it.each([
    ['throttlingException', 'rate_limit_error'],
    ['validationException', 'invalid_request_error'],
    ['modelTimeoutException', 'timeout_error'],
    ['serviceUnavailableException', 'overloaded_error'],
    ['modelStreamErrorException', 'api_error'],
    ['internalServerException', 'api_error'],
    ['anythingElse', 'api_error'],
  ])('ends with an error event for %s', (exception, type) => {
    const bytes = Buffer.concat([exceptionFrame(exception, 'Too "many"'), whole]);
    const { text, endings } = received([bytes], 'cut');
    const error = { type: 'error', error: { type, message: 'Too "many"' }, request_id: 'call-1' };
    expect(text).toBe(`event: error\ndata: ${JSON.stringify(error)}\n\n`);
    expect(endings).toEqual(['end']);
  });

  it('ends with an error event for an error without a body', () => {
    const frame = eventFrame(
      { ':message-type': 'error', ':error-code': 'InternalFailure', ':error-message': 'broken' },
      '',
    );
    expect(received([frame]).text).toContain('"message":"broken"');
  });

  it('passes over messages of other types, and fails for a chunk without an event', () => {
    const other = eventFrame({ ':message-type': 'event', ':event-type': 'initial-response' }, '{}');
    expect(received([other, whole]).text).toBe(ANTHROPIC_EVENTS.join(''));
    for (const json of ['', '[]', '{}', '{"type":"a\\nb"}'])
      expect(received([chunkFrame(json)])).toMatchObject({ text: '', endings: ['invalid'] });
  });

  it('keeps a text with line ends in one line of data', () => {
    const { text } = received([chunkFrame('{\n"type":"ping"\r\n}')]);
    expect(text).toBe('event: ping\ndata: {"type":"ping"}\n\n');
  });
});
