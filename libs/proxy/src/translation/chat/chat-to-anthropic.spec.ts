import { createAnthropic } from '@ai-sdk/anthropic';
import { boundedOutput } from '../bounded-output.js';
import { decodeChat } from './chat-request.js';

const RESPONSE = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5',
  content: [{ type: 'text', text: 'Hello' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 1 },
};

/** Returns the body that Anthropic's package sends for a chat. */
async function sentFor(chat: object): Promise<Record<string, unknown>> {
  const { options } = decodeChat(chat, { providerName: 'anthropic', dropsParams: false });
  let sent = '';
  const fetch: typeof globalThis.fetch = (_, init) => {
    sent = typeof init?.body === 'string' ? init.body : '';
    return Promise.resolve(Response.json(RESPONSE));
  };
  const provider = createAnthropic({
    apiKey: 'sk-test',
    fetch: boundedOutput(fetch, options.maxOutputTokens),
  });
  await provider('claude-sonnet-4-5').doGenerate(options);
  return JSON.parse(sent) as Record<string, unknown>;
}

const EPHEMERAL = { type: 'ephemeral' };
const CALLS = ['toolu_1', 'toolu_2'].map((id) => ({
  id,
  type: 'function',
  function: { name: 'weather', arguments: '{"at":"Kiel"}' },
}));

describe('a chat as Anthropic receives it', () => {
  it('has instructions, thoughts with their proof, parallel calls and results, files and cache marks', async () => {
    const body = await sentFor({
      model: 'claude',
      messages: [
        { role: 'system', content: 'Be short.', cache_control: EPHEMERAL },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Look' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AAEC' } },
            { type: 'image_url', image_url: { url: 'https://a.example/b' } },
            { type: 'file', file: { file_data: 'data:application/pdf;base64,AAEC' } },
          ],
        },
        {
          role: 'assistant',
          content: 'I look',
          thinking_blocks: [
            { type: 'thinking', thinking: 'Hm', signature: 'c2ln' },
            { type: 'redacted_thinking', data: 'c2VjcmV0' },
          ],
          tool_calls: CALLS,
        },
        { role: 'tool', tool_call_id: 'toolu_1', content: 'Sun' },
        {
          role: 'tool',
          tool_call_id: 'toolu_2',
          content: [{ type: 'text', text: 'Rain' }],
          cache_control: EPHEMERAL,
        },
        { role: 'user', content: 'And now?' },
      ],
    });
    expect(body['system']).toEqual([{ type: 'text', text: 'Be short.', cache_control: EPHEMERAL }]);
    const base64 = (media_type: string): object => ({ type: 'base64', media_type, data: 'AAEC' });
    expect(body['messages']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look' },
          { type: 'image', source: base64('image/png') },
          { type: 'image', source: { type: 'url', url: 'https://a.example/b' } },
          { type: 'document', source: base64('application/pdf') },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Hm', signature: 'c2ln' },
          { type: 'redacted_thinking', data: 'c2VjcmV0' },
          { type: 'text', text: 'I look' },
          { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { at: 'Kiel' } },
          { type: 'tool_use', id: 'toolu_2', name: 'weather', input: { at: 'Kiel' } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'toolu_1', content: 'Sun' },
          {
            type: 'tool_result',
            tool_use_id: 'toolu_2',
            content: [{ type: 'text', text: 'Rain' }],
            cache_control: EPHEMERAL,
          },
          { type: 'text', text: 'And now?' },
        ],
      },
    ]);
  });

  it('has its parameters under their names there', async () => {
    const body = await sentFor({
      messages: [{ role: 'user', content: 'Hello' }],
      max_completion_tokens: 4_000,
      stop: 'END',
      thinking: { type: 'enabled', budget_tokens: 2_000 },
      tools: [{ type: 'function', function: { name: 'weather' }, cache_control: EPHEMERAL }],
      tool_choice: 'auto',
      parallel_tool_calls: false,
    });
    expect(body).toMatchObject({
      max_tokens: 4_000,
      stop_sequences: ['END'],
      thinking: { type: 'enabled', budget_tokens: 2_000 },
      tools: [
        {
          name: 'weather',
          input_schema: { type: 'object', properties: {} },
          cache_control: EPHEMERAL,
        },
      ],
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
    });
  });

  it('asks for any JSON object by a tool that takes any member', async () => {
    const body = await sentFor({
      messages: [{ role: 'user', content: 'Hello' }],
      response_format: { type: 'json_object' },
    });
    expect(body).toMatchObject({
      tools: [{ name: 'json', input_schema: { type: 'object', additionalProperties: true } }],
      tool_choice: { type: 'any' },
    });
  });
});
