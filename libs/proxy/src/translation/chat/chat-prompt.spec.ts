import type { LanguageModelV4Prompt } from '@ai-sdk/provider';
import { GatehouseError } from '#libs/common';
import { decodeChat } from './chat-request.js';

const CALL = {
  id: 'call_1',
  type: 'function',
  function: { name: 'weather', arguments: '{"at":1}' },
};
const CALLED = { type: 'tool-call', toolCallId: 'call_1', toolName: 'weather', input: { at: 1 } };
const CACHED = { cache_control: { type: 'ephemeral', ttl: '1h' } };
const KEPT = { providerOptions: { anthropic: { cacheControl: { type: 'ephemeral', ttl: '1h' } } } };

function promptOf(messages: readonly unknown[], providerName = 'anthropic'): LanguageModelV4Prompt {
  return decodeChat({ messages }, { providerName, dropsParams: false }).options.prompt;
}

function droppedOf(messages: readonly unknown[], providerName = 'anthropic'): readonly string[] {
  return decodeChat({ messages }, { providerName, dropsParams: false }).dropped;
}

function refusalOf(messages: unknown): unknown {
  try {
    decodeChat({ messages }, { providerName: 'anthropic', dropsParams: false });
  } catch (error) {
    if (error instanceof GatehouseError) return [error.code, error.param];
    throw error;
  }
  return 'decoded';
}

function text(value: string): unknown {
  return { type: 'text', text: value };
}

function result(toolCallId: string, value: string): unknown {
  return { type: 'tool-result', toolCallId, toolName: 'weather', output: { type: 'text', value } };
}

describe('messages of a chat as a prompt', () => {
  it.each<[string, readonly unknown[], unknown]>([
    [
      'system and developer messages are instructions, and come first',
      [
        { role: 'system', content: 'Be short.' },
        { role: 'user', content: 'Hello' },
        { role: 'developer', content: [text('Be kind.'), text('Be exact.')] },
      ],
      [
        { role: 'system', content: 'Be short.' },
        { role: 'system', content: 'Be kind.' },
        { role: 'system', content: 'Be exact.' },
        { role: 'user', content: [text('Hello')] },
      ],
    ],
    [
      'content of a user is a string or parts, and empty texts beside others are left out',
      [{ role: 'user', content: [text('One'), text(''), text('Two')] }],
      [{ role: 'user', content: [text('One'), text('Two')] }],
    ],
    [
      'what an assistant said, its refusal, and its tool calls stay in this order',
      [{ role: 'assistant', content: [text('Well')], refusal: 'I cannot.', tool_calls: [CALL] }],
      [{ role: 'assistant', content: [text('Well'), text('I cannot.'), CALLED] }],
    ],
    [
      'refusals among the parts of an assistant are texts',
      [{ role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }, text('Sorry')] }],
      [{ role: 'assistant', content: [text('No.'), text('Sorry')] }],
    ],
    [
      'an assistant message of nothing is left out, with the nulls that clients send back',
      [
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: '', refusal: null, audio: null, tool_calls: null },
      ],
      [{ role: 'user', content: [text('Hello')] }],
    ],
    [
      'results of parallel tool calls are one message, and what a user says then is another',
      [
        { role: 'assistant', content: null, tool_calls: [CALL, { ...CALL, id: 'call_2' }] },
        { role: 'tool', tool_call_id: 'call_2', content: 'Rain' },
        { role: 'tool', tool_call_id: 'call_1', content: 'Sun' },
        { role: 'user', content: 'Thanks' },
      ],
      [
        { role: 'assistant', content: [CALLED, { ...CALLED, toolCallId: 'call_2' }] },
        { role: 'tool', content: [result('call_2', 'Rain'), result('call_1', 'Sun')] },
        { role: 'user', content: [text('Thanks')] },
      ],
    ],
    [
      'a tool result may consist of parts',
      [
        { role: 'assistant', tool_calls: [CALL] },
        { role: 'tool', tool_call_id: 'call_1', content: [text('Sun'), text('Wind')] },
      ],
      [
        { role: 'assistant', content: [CALLED] },
        {
          role: 'tool',
          content: [
            {
              type: 'tool-result',
              toolCallId: 'call_1',
              toolName: 'weather',
              output: { type: 'content', value: [text('Sun'), text('Wind')] },
            },
          ],
        },
      ],
    ],
    [
      'a call and its result of the legacy syntax get an id',
      [
        { role: 'assistant', content: null, function_call: CALL.function },
        { role: 'function', name: 'weather', content: 'Sun' },
      ],
      [
        { role: 'assistant', content: [{ ...CALLED, toolCallId: 'call00000' }] },
        { role: 'tool', content: [result('call00000', 'Sun')] },
      ],
    ],
    [
      'a tool call without arguments has an empty input',
      [{ role: 'assistant', tool_calls: [{ id: 'a', function: { name: 'now', arguments: '' } }] }],
      [
        {
          role: 'assistant',
          content: [{ type: 'tool-call', toolCallId: 'a', toolName: 'now', input: {} }],
        },
      ],
    ],
  ])('%s', (_, messages, expected) => {
    expect(promptOf(messages)).toEqual(expected);
  });

  it('cache_control of messages and parts reaches the provider in its own form', () => {
    const messages = [
      { role: 'system', content: [{ type: 'text', text: 'Rules', ...CACHED }, text('More')] },
      { role: 'system', content: 'Last', ...CACHED },
      { role: 'user', content: [{ type: 'text', text: 'Hello', ...CACHED }] },
      { role: 'assistant', content: 'Hi', tool_calls: [CALL], ...CACHED },
      { role: 'tool', tool_call_id: 'call_1', content: 'Sun', ...CACHED },
      { role: 'user', content: 'Thanks', ...CACHED },
    ];
    expect(promptOf(messages)).toEqual([
      { role: 'system', content: 'Rules', ...KEPT },
      { role: 'system', content: 'More' },
      { role: 'system', content: 'Last', ...KEPT },
      { role: 'user', content: [{ type: 'text', text: 'Hello', ...KEPT }] },
      { role: 'assistant', content: [text('Hi'), CALLED], ...KEPT },
      { role: 'tool', content: [{ ...(result('call_1', 'Sun') as object), ...KEPT }] },
      { role: 'user', content: [text('Thanks')], ...KEPT },
    ]);
    expect(promptOf(messages.slice(1, 2), 'amazonBedrock')).toEqual([
      {
        role: 'system',
        content: 'Last',
        providerOptions: { amazonBedrock: { cachePoint: { type: 'default', ttl: '1h' } } },
      },
    ]);
    expect(droppedOf(messages, 'cohere')).toEqual([
      'messages[].content[].cache_control',
      'messages[].cache_control',
    ]);
  });

  it('names of those who speak are left out, and named as such', () => {
    const messages = [
      { role: 'user', name: 'ann', content: 'Hello' },
      { role: 'user', name: 'bob', content: 'Hello' },
    ];
    expect(droppedOf(messages)).toEqual(['messages[].name']);
  });

  it.each<[string, string, unknown]>([
    ['a chat without messages', 'messages', []],
    ['messages that are not an array', 'messages', 'Hello'],
    ['an unknown role', 'messages[0].role', [{ role: 'bot', content: 'x' }]],
    ['a user who says null', 'messages[0].content', [{ role: 'user', content: null }]],
    [
      'instructions that are a picture',
      'messages[0].content[0].type',
      [
        {
          role: 'system',
          content: [{ type: 'image_url', image_url: { url: 'https://a.example' } }],
        },
      ],
    ],
    [
      'a part of an unknown type',
      'messages[0].content[1].type',
      [{ role: 'user', content: [text('x'), { type: 'smell' }] }],
    ],
    [
      'a text that is a number',
      'messages[0].content[0].text',
      [{ role: 'user', content: [{ type: 'text', text: 1 }] }],
    ],
    [
      'a tool call with damaged arguments',
      'messages[0].tool_calls[1].function.arguments',
      [
        {
          role: 'assistant',
          tool_calls: [CALL, { ...CALL, function: { name: 'a', arguments: '{"' } }],
        },
      ],
    ],
    [
      'a tool call whose arguments are a list',
      'messages[0].tool_calls[0].function.arguments',
      [{ role: 'assistant', tool_calls: [{ ...CALL, function: { name: 'a', arguments: '[]' } }] }],
    ],
    [
      'a tool call without an id',
      'messages[0].tool_calls[0].id',
      [{ role: 'assistant', tool_calls: [{ ...CALL, id: undefined }] }],
    ],
    [
      'a tool call of a custom tool',
      'messages[0].tool_calls[0].type',
      [
        {
          role: 'assistant',
          tool_calls: [{ id: 'a', type: 'custom', custom: { name: 'a', input: '' } }],
        },
      ],
    ],
    [
      'a result of a call that was not made',
      'messages[1].tool_call_id',
      [
        { role: 'user', content: 'x' },
        { role: 'tool', tool_call_id: 'call_9', content: 'x' },
      ],
    ],
    [
      'a result of a function that was not called',
      'messages[0].name',
      [{ role: 'function', name: 'weather', content: 'x' }],
    ],
    [
      'recorded speech of an assistant',
      'messages[0].audio',
      [{ role: 'assistant', audio: { id: 'audio_1' } }],
    ],
    [
      'cache_control that is not an object',
      'messages[0].cache_control.type',
      [{ role: 'user', content: 'x', cache_control: true }],
    ],
  ])('%s is refused with its path', (_, param, messages) => {
    expect(refusalOf(messages)).toEqual(['request_invalid', param]);
  });
});
