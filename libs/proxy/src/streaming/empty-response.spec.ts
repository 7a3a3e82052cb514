import { chatCompletions } from '../endpoints/openai/chat-completions.endpoint.js';
import { readResponse } from './buffered-response.js';
import { UsageTap } from './usage-tap.js';

const { responseFormat: format } = chatCompletions;

const ERROR = '{"error":{"message":"overloaded","type":"server_error"}}';
const NO_TEXT =
  '{"error":{"code":502},"choices":[{"delta":{"content":""},"finish_reason":"error"}]}';
const ROLE = '{"choices":[{"index":0,"delta":{"role":"assistant"}}]}';
const TEXT = '{"choices":[{"index":0,"delta":{"content":"word"}}],"error":null}';
const DONE = 'data: [DONE]\n\n';
const COMMENT = ': OPENROUTER PROCESSING\n\n';

const EMPTY: readonly (readonly [string, string])[] = [
  ['without a byte', ''],
  ['with the end alone', DONE],
  ['with comments alone', `${COMMENT}${COMMENT}${DONE}`],
  ['with an error', `data: ${ERROR}\n\n`],
  ['with an error and the end', `data: ${ERROR}\n\n${DONE}`],
  ['with a text as error', 'data: {"error":"overloaded"}\n\n'],
  ['with an error behind comments', `${COMMENT}data: ${ERROR}\r\n\r\n`],
  ['with an error and no blank line', `data: ${ERROR}`],
  ['with an error beside a choice without text', `data: ${NO_TEXT}\n\n`],
  ['with an event that is named as an error', 'event: error\ndata: {"message":"x"}\n\n'],
];

const CONTENT: readonly (readonly [string, string])[] = [
  ['with a role', `data: ${ROLE}\n\n`],
  ['with text', `data: ${TEXT}\n\n`],
  ['with text and then an error', `data: ${TEXT}\n\ndata: ${ERROR}\n\n`],
  ['with a role and then an error', `data: ${ROLE}\n\ndata: ${ERROR}\n\n`],
  ['with data that is not JSON', 'data: hello\n\n'],
  ['with an event that is too large to be read', `data: ${'x'.repeat(300_000)}\n\n`],
];

function isEmpty(stream: string): boolean {
  const tap = new UsageTap(format, true);
  tap.push(Buffer.from(stream));
  tap.finish();
  return tap.reading.isEmpty;
}

describe('a stream', () => {
  it.each(EMPTY)('%s is empty', (_what, stream) => {
    expect(isEmpty(stream)).toBe(true);
  });

  it.each(CONTENT)('%s is not empty', (_what, stream) => {
    expect(isEmpty(stream)).toBe(false);
  });
});

describe('a buffered response', () => {
  it.each(['', ERROR, '{"error":"overloaded"}', '{"error":{"code":1},"choices":[]}'])(
    'of %j is empty',
    (body) => {
      expect(readResponse(format, Buffer.from(body), false).isEmpty).toBe(true);
    },
  );

  it.each(EMPTY.slice(1))('of a stream %s is empty', (_what, stream) => {
    expect(readResponse(format, Buffer.from(stream), false).isEmpty).toBe(stream !== '');
  });

  it.each([
    '{"choices":[{"message":{"content":"hello"}}],"error":null}',
    '{"choices":[{"message":{"content":"hello"}}],"error":{"code":1}}',
    '{"choices":[],"error":false}',
    '{"choices":[],"error":""}',
    '{"choices":[{"message":{"content":"\\"error\\""}}]}',
    '["error"]',
    '{"error":',
    'hello',
  ])('of %j is not empty', (body) => {
    expect(readResponse(format, Buffer.from(body), false).isEmpty).toBe(false);
  });
});
