import type { LanguageModelV4FinishReason, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import {
  COMMON_FACTS,
  completionEvents,
  MODEL_COUNTS,
  MODEL_USAGE,
  OWN_FACTS,
} from '#support/completion-events';
import { chatCompletions } from '../../endpoints/openai/chat-completions.endpoint.js';
import { UsageTap } from '../../streaming/usage-tap.js';
import { CompletionEncoder } from './completion-encoder.js';

const METADATA: LanguageModelV4StreamPart = {
  type: 'response-metadata',
  id: COMMON_FACTS.id,
  modelId: COMMON_FACTS.model,
};

type Unified = LanguageModelV4FinishReason['unified'];

function finish(unified: Unified): LanguageModelV4StreamPart {
  return { type: 'finish', usage: MODEL_USAGE, finishReason: { unified, raw: undefined } };
}

function streamed(parts: readonly LanguageModelV4StreamPart[]): string {
  const encoder = new CompletionEncoder(OWN_FACTS);
  return parts.map((part) => encoder.part(part)).join('') + encoder.end();
}

function chunk(delta: object, reason: string | null = null): object {
  const choice = { index: 0, delta, logprobs: null, finish_reason: reason };
  return { ...COMMON_FACTS, object: 'chat.completion.chunk', choices: [choice] };
}

const USAGE_CHUNK = {
  ...COMMON_FACTS,
  object: 'chat.completion.chunk',
  choices: [],
  usage: MODEL_COUNTS,
};

describe('a streamed completion', () => {
  it('has exactly the chunks of OpenAI', () => {
    const events = completionEvents(
      streamed([
        { type: 'stream-start', warnings: [] },
        METADATA,
        { type: 'text-start', id: '0' },
        { type: 'text-delta', id: '0', delta: 'Hel' },
        { type: 'ping' },
        { type: 'text-delta', id: '0', delta: '' },
        { type: 'text-delta', id: '0', delta: 'lo' },
        { type: 'text-end', id: '0' },
        finish('stop'),
      ]),
    );
    expect(events).toEqual([
      chunk({ role: 'assistant' }),
      chunk({ content: 'Hel' }),
      chunk({ content: 'lo' }),
      chunk({}, 'stop'),
      USAGE_CHUNK,
      '[DONE]',
    ]);
  });

  it('names the role with the first delta where the provider tells nothing before it', () => {
    const events = completionEvents(
      streamed([{ type: 'text-delta', id: '0', delta: 'x' }, finish('stop')]),
    );
    expect(events[0]).toMatchObject({
      id: OWN_FACTS.id,
      model: OWN_FACTS.model,
      choices: [{ delta: { role: 'assistant', content: 'x' } }],
    });
    expect(completionEvents(streamed([finish('stop')]))[0]).toMatchObject({
      choices: [{ delta: { role: 'assistant' } }],
    });
  });

  it('keeps the index of each of several calls whose fragments are mixed', () => {
    const events = completionEvents(
      streamed([
        METADATA,
        { type: 'tool-input-start', id: 'a', toolName: 'one' },
        { type: 'tool-input-start', id: 's', toolName: 'web_search', providerExecuted: true },
        { type: 'tool-input-start', id: 'b', toolName: 'two' },
        { type: 'tool-input-delta', id: 'b', delta: '{"n":' },
        { type: 'tool-input-delta', id: 's', delta: '{"query":"x"}' },
        { type: 'tool-input-delta', id: 'a', delta: '{}' },
        { type: 'tool-input-delta', id: 'b', delta: '2}' },
        { type: 'tool-input-end', id: 'b' },
        { type: 'tool-call', toolCallId: 'b', toolName: 'two', input: '{"n":2}' },
        {
          type: 'tool-call',
          toolCallId: 's',
          toolName: 'web_search',
          input: '{"query":"x"}',
          providerExecuted: true,
        },
        { type: 'tool-call', toolCallId: 'a', toolName: 'one', input: '{}' },
        { type: 'tool-call', toolCallId: 'c', toolName: 'three', input: '{"n":3}' },
        finish('tool-calls'),
      ]),
    );
    const call = (delta: object) => chunk({ tool_calls: [delta] });
    const begun = (index: number, id: string, name: string, args = '') =>
      call({ index, id, type: 'function', function: { name, arguments: args } });
    const more = (index: number, args: string) => call({ index, function: { arguments: args } });
    expect(events).toEqual([
      chunk({ role: 'assistant' }),
      begun(0, 'a', 'one'),
      begun(1, 'b', 'two'),
      more(1, '{"n":'),
      more(0, '{}'),
      more(1, '2}'),
      begun(2, 'c', 'three', '{"n":3}'),
      chunk({}, 'tool_calls'),
      USAGE_CHUNK,
      '[DONE]',
    ]);
  });

  it('hands on the arguments and the signature that a package tells only with the whole call', () => {
    const signed = { google: { thoughtSignature: 'proof' } };
    const events = completionEvents(
      streamed([
        METADATA,
        { type: 'tool-input-start', id: 'a', toolName: 'one' },
        {
          type: 'tool-call',
          toolCallId: 'a',
          toolName: 'one',
          input: '',
          providerMetadata: signed,
        },
      ]),
    );
    expect(events.at(-1)).toEqual(
      chunk({
        tool_calls: [
          {
            index: 0,
            function: { arguments: '{}' },
            provider_specific_fields: { thought_signature: 'proof' },
          },
        ],
      }),
    );
  });

  it('has thoughts as they come, and each proof with the whole thought when it ends', () => {
    const events = completionEvents(
      streamed([
        METADATA,
        { type: 'reasoning-start', id: '0' },
        { type: 'reasoning-delta', id: '0', delta: 'So' },
        { type: 'reasoning-delta', id: '0', delta: ' so' },
        {
          type: 'reasoning-delta',
          id: '0',
          delta: '',
          providerMetadata: { anthropic: { signature: 'sig' } },
        },
        { type: 'reasoning-end', id: '0' },
        {
          type: 'reasoning-start',
          id: '1',
          providerMetadata: { anthropic: { redactedData: 'dark' } },
        },
        finish('stop'),
      ]),
    );
    expect(events.slice(1, 5)).toEqual([
      chunk({ reasoning_content: 'So' }),
      chunk({ reasoning_content: ' so' }),
      chunk({ thinking_blocks: [{ type: 'thinking', thinking: 'So so', signature: 'sig' }] }),
      chunk({ thinking_blocks: [{ type: 'redacted_thinking', data: 'dark' }] }),
    ]);
  });

  it('does not end the choice of a response that is not whole, and has its usage', () => {
    const delta: LanguageModelV4StreamPart = { type: 'text-delta', id: '0', delta: 'Hel' };
    const interrupted = streamed([METADATA, delta, finish('interrupted')]);
    expect(completionEvents(interrupted).at(-1)).toEqual(USAGE_CHUNK);
    const tap = new UsageTap(chatCompletions.responseFormat, false);
    tap.push(Buffer.from(interrupted));
    tap.finish();
    expect(tap).toMatchObject({ isCut: true, reading: { usage: MODEL_COUNTS, isFinal: false } });
    expect(completionEvents(streamed([METADATA, delta])).at(-1)).toEqual(chunk({ content: 'Hel' }));
  });

  it.each([
    ['ends with an error', [finish('error')]],
    ['goes on behind an end and breaks off', [finish('stop'), finish('interrupted')]],
  ])('tells the client that a response is not whole which %s', (_case, ends) => {
    const stream = streamed([METADATA, ...ends]);
    expect(completionEvents(stream).at(-1)).toEqual({
      error: {
        message: 'The model provider has ended the response with an error.',
        type: 'server_error',
        param: null,
        code: '502',
      },
    });
    const tap = new UsageTap(chatCompletions.responseFormat, false);
    tap.push(Buffer.from(stream));
    tap.finish();
    expect(tap.reading).toMatchObject({ hasFailed: true, usage: MODEL_COUNTS });
  });
});
