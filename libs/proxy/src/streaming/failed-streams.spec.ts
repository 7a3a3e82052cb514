import { anthropicMessages } from '../endpoints/anthropic/anthropic-messages.endpoint.js';
import { chatCompletions } from '../endpoints/openai/chat-completions.endpoint.js';
import { ENDPOINTS } from '../endpoints/index.js';
import { responses } from '../endpoints/openai/responses.endpoint.js';
import { readResponse } from './buffered-response.js';
import { ElementBoundaries } from './element-boundaries.js';
import type { ResponseFormat } from './response-format.js';
import { UsageTap } from './usage-tap.js';

const chats = chatCompletions.responseFormat;
const messages = anthropicMessages.responseFormat;
const { responseFormat: items } = responses;
const google = ENDPOINTS.find(({ route }) =>
  route.includes('streamGenerateContent'),
)?.responseFormat;
if (google === undefined) throw new Error('there is a route for Google');

const CHAT =
  'data: {"choices":[{"index":0,"delta":{"content":"an error"},"error":null}],"error":null}\n\n';
const MESSAGE =
  'event: content_block_delta\ndata: {"type":"content_block_delta","delta":{"type":"text_delta","text":"error"}}\n\n';
const ITEM =
  'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"\\"error\\""}\n\n';
const CONTENT = '{"candidates":[{"content":{"parts":[{"text":"\\"error\\""}]}}]}';
const failed = (format: ResponseFormat, stream: string, elements?: ElementBoundaries): boolean => {
  const tap = new UsageTap(format, false, {}, elements);
  tap.push(Buffer.from(stream));
  tap.finish();
  return tap.reading.hasFailed;
};
const last = (type: string, response: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, response })}\n\n`;

describe('a stream with output has failed where it holds', () => {
  it.each<[string, ResponseFormat, string]>([
    [
      'a chunk with an error',
      chats,
      `${CHAT}data: {"error":{"message":"overloaded"}}\n\ndata: [DONE]\n\n`,
    ],
    [
      'a chunk with an error beside a choice',
      chats,
      `${CHAT}data: {"choices":[{"delta":{"content":"x"},"finish_reason":"error"}],"error":{"code":502}}\n\n`,
    ],
    [
      'an event of the name of errors',
      chats,
      `${CHAT}event: error\ndata: {"message":"overloaded"}\n\n`,
    ],
    [
      'an error of Anthropic',
      messages,
      `${MESSAGE}event: error\ndata: {"type":"error","error":{"type":"overloaded_error"}}\n\n`,
    ],
    ['an error without a name', messages, `${MESSAGE}data: {"type":"error","error":{}}\n\n`],
    [
      'the end of a response that failed',
      items,
      ITEM + last('response.failed', { status: 'failed' }),
    ],
    [
      'an error of the Responses API',
      items,
      `${ITEM}event: error\ndata: {"type":"error","code":"x"}\n\n`,
    ],
    [
      'an error in the words of another API',
      items,
      `${ITEM}data: {"error":{"type":"server_error"}}\n\n`,
    ],
    ['an error of Google', google, `data: ${CONTENT}\n\ndata: {"error":{"code":503}}\n\n`],
  ])('%s', (_what, format, stream) => {
    expect(failed(format, stream)).toBe(true);
  });

  it('an error of Google among the elements of an array', () => {
    const array = `[${CONTENT},\r\n{"error":{"code":503}}]`;
    expect(failed(google, array, new ElementBoundaries())).toBe(true);
    expect(failed(google, `[${CONTENT}]`, new ElementBoundaries())).toBe(false);
  });

  it.each<[string, ResponseFormat, string]>([
    ['a chat', chats, `${CHAT}data: [DONE]\n\n`],
    ['a message', messages, `${MESSAGE}event: message_stop\ndata: {"type":"message_stop"}\n\n`],
    ['a response', items, ITEM + last('response.completed', { status: 'completed', error: null })],
    [
      'a response that has reached its limit',
      items,
      ITEM + last('response.incomplete', { status: 'incomplete' }),
    ],
    ['a content', google, `data: ${CONTENT}\n\n`],
  ])('an error, and not %s whose text names errors', (_what, format, stream) => {
    expect(failed(format, stream)).toBe(false);
  });
});

describe('a buffered response of the Responses API', () => {
  it.each([
    ['completed', false],
    ['incomplete', false],
    ['failed', true],
    ['cancelled', true],
  ])('that is %s has failed: %s', (status, expected) => {
    const body = Buffer.from(JSON.stringify({ id: 'resp_1', status, error: null, output: [] }));
    expect(readResponse(items, body, false).hasFailed).toBe(expected);
  });
});
