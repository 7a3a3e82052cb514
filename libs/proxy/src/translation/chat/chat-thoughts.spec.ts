import type { LanguageModelV4Prompt } from '@ai-sdk/provider';
import { decodeChat } from './chat-request.js';

const CALL = {
  id: 'call_1',
  type: 'function',
  function: { name: 'weather', arguments: '{"at":1}' },
};
const CALLED = { type: 'tool-call', toolCallId: 'call_1', toolName: 'weather', input: { at: 1 } };

function promptOf(messages: readonly unknown[], providerName = 'anthropic'): LanguageModelV4Prompt {
  return decodeChat({ messages }, { providerName, dropsParams: false }).options.prompt;
}

function droppedOf(messages: readonly unknown[], providerName = 'anthropic'): readonly string[] {
  return decodeChat({ messages }, { providerName, dropsParams: false }).dropped;
}

function text(value: string): unknown {
  return { type: 'text', text: value };
}

describe('thoughts of an assistant', () => {
  const BLOCKS = [
    { type: 'thinking', thinking: 'Let me see', signature: 'c2ln' },
    { type: 'redacted_thinking', data: 'c2VjcmV0' },
  ];
  const thought = (text_: string, options?: object): unknown => ({
    type: 'reasoning',
    text: text_,
    ...(options === undefined ? {} : { providerOptions: options }),
  });

  it('come before what it said, each with what proves it to the provider', () => {
    const messages = [
      {
        role: 'assistant',
        content: 'Yes',
        reasoning_content: 'Let me see',
        thinking_blocks: BLOCKS,
      },
    ];
    expect(promptOf(messages)[0]?.content).toEqual([
      thought('Let me see', { anthropic: { signature: 'c2ln' } }),
      thought('', { anthropic: { redactedData: 'c2VjcmV0' } }),
      text('Yes'),
    ]);
    expect(promptOf(messages, 'amazonBedrock')[0]?.content).toEqual([
      thought('Let me see', { amazonBedrock: { signature: 'c2ln' } }),
      thought('', { amazonBedrock: { redactedContent: 'c2VjcmV0' } }),
      text('Yes'),
    ]);
  });

  it('keep their place among the parts of a content', () => {
    const content = [BLOCKS[0], text('Yes'), BLOCKS[1]];
    expect(promptOf([{ role: 'assistant', content, thinking_blocks: BLOCKS }])[0]?.content).toEqual(
      [
        thought('Let me see', { anthropic: { signature: 'c2ln' } }),
        text('Yes'),
        thought('', { anthropic: { redactedData: 'c2VjcmV0' } }),
      ],
    );
  });

  it('are a text without a proof, and where the provider takes none', () => {
    expect(
      promptOf([{ role: 'assistant', content: 'Yes', reasoning_content: 'Hm' }])[0]?.content,
    ).toEqual([thought('Hm'), text('Yes')]);
    const messages = [{ role: 'assistant', content: 'Yes', thinking_blocks: BLOCKS }];
    expect(promptOf(messages, 'cohere')[0]?.content).toEqual([thought('Let me see'), text('Yes')]);
    expect(droppedOf(messages, 'cohere')).toEqual([
      'messages[].thinking_blocks[].signature',
      'messages[].thinking_blocks[].data',
    ]);
  });

  it.each([
    ['LiteLLM', { provider_specific_fields: { thought_signature: 'c2ln' } }],
    ['Google', { extra_content: { google: { thought_signature: 'c2ln' } } }],
  ])('that Gemini has signed a tool call with reach Gemini alone, as %s writes them', (_, more) => {
    const messages = [{ role: 'assistant', tool_calls: [{ ...CALL, ...more }] }];
    expect(promptOf(messages, 'google')[0]?.content).toEqual([
      { ...CALLED, providerOptions: { google: { thoughtSignature: 'c2ln' } } },
    ]);
    expect(promptOf(messages)[0]?.content).toEqual([CALLED]);
  });
});
