import { completionOf } from './fake-completion.js';

const MODEL = 'test-model';
const USAGE = { prompt_tokens: 40, completion_tokens: 9, total_tokens: 49 };
/** The call of a tool in a chat. */
export const CALL = {
  ...{ id: 'call_1', type: 'function' },
  function: { name: 'weather', arguments: '{"city":"Oslo"}' },
};

/** A chat whose message has other members than a text. */
export const chatOf = (message: object): string =>
  JSON.stringify({
    ...completionOf({ id: 'chatcmpl-1', model: MODEL }, '', USAGE),
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: null, ...message },
        finish_reason: 'stop',
      },
    ],
  });
/** The events of a chat that calls a tool, in two chunks. */
export const CALL_CHUNKS = [
  {
    delta: {
      role: 'assistant',
      tool_calls: [{ index: 0, ...CALL, function: { name: 'weather', arguments: '' } }],
    },
  },
  { delta: { tool_calls: [{ index: 0, function: { arguments: CALL.function.arguments } }] } },
  { delta: {}, finish_reason: 'tool_calls' },
]
  .map((choice) => ({
    id: 'c',
    object: 'chat.completion.chunk',
    created: 1,
    model: MODEL,
    choices: [{ index: 0, finish_reason: null, ...choice }],
  }))
  .concat({
    id: 'c',
    object: 'chat.completion.chunk',
    created: 1,
    model: MODEL,
    choices: [],
    usage: USAGE,
  } as never)
  .map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`)
  .join('')
  .concat('data: [DONE]\n\n');

/** A response with one item of output. */
export const responseOf = (item: object): Record<string, unknown> => ({
  ...{ id: 'resp_1', object: 'response', created_at: 1, status: 'completed', model: MODEL },
  output: [item],
  usage: {
    ...{ input_tokens: 40, output_tokens: 9, total_tokens: 49 },
    input_tokens_details: { cached_tokens: 0 },
    output_tokens_details: { reasoning_tokens: 0 },
  },
});
/** An item of output with a text. */
export const textItem = (text: string): object => ({
  ...{ type: 'message', id: 'msg_1', status: 'completed', role: 'assistant' },
  content: [{ type: 'output_text', text, annotations: [] }],
});
/** The call of a tool in a response. */
export const CALL_ITEM = {
  ...{ type: 'function_call', id: 'fc_1', call_id: 'call_1', status: 'completed' },
  ...{ name: 'weather', arguments: '{"city":"Oslo"}' },
};
