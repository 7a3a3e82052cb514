import type { LanguageModelV4Content, LanguageModelV4FinishReason } from '@ai-sdk/provider';
import {
  COMMON_FACTS,
  completionEvents,
  MODEL_COUNTS,
  MODEL_USAGE,
  OWN_FACTS,
} from '#support/completion-events';
import { chatCompletions } from '../../endpoints/openai/chat-completions.endpoint.js';
import { CompletionEncoder } from './completion-encoder.js';

type Unified = LanguageModelV4FinishReason['unified'];

function whole(content: LanguageModelV4Content[], unified: Unified = 'stop') {
  const body = new CompletionEncoder(OWN_FACTS).whole({
    content,
    finishReason: { unified, raw: undefined },
    usage: MODEL_USAGE,
    warnings: [],
    response: { id: COMMON_FACTS.id, modelId: COMMON_FACTS.model },
  });
  return JSON.parse(body) as { choices: [{ message: object; finish_reason: string }] };
}

const CALL: LanguageModelV4Content = {
  type: 'tool-call',
  toolCallId: 'call_1',
  toolName: 'weather',
  input: '{"city":"Ulm"}',
};

describe('a whole completion', () => {
  it('has the form of OpenAI, with the id, the time and the model of the provider', () => {
    expect(whole([{ type: 'text', text: 'Hello' }])).toEqual({
      ...COMMON_FACTS,
      object: 'chat.completion',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: MODEL_COUNTS,
    });
  });

  it('has an id, a time and a model also where the provider tells none', () => {
    const body = new CompletionEncoder(OWN_FACTS).whole({
      content: [],
      finishReason: { unified: 'stop', raw: undefined },
      usage: MODEL_USAGE,
      warnings: [],
      response: { timestamp: new Date(Number.NaN) },
    });
    expect(JSON.parse(body)).toMatchObject(OWN_FACTS);
    const { timestamp, ...facts } = {
      ...COMMON_FACTS,
      timestamp: new Date('2026-01-01T00:00:00.900Z'),
    };
    const dated = new CompletionEncoder(OWN_FACTS).part({ type: 'response-metadata', timestamp });
    expect(completionEvents(dated)).toMatchObject([{ id: OWN_FACTS.id, created: 1_767_225_600 }]);
    expect(facts.id).not.toBe(OWN_FACTS.id);
  });

  it('has no content where the model calls tools alone, and not the calls that the provider runs', () => {
    const searched: LanguageModelV4Content = {
      ...CALL,
      toolCallId: 'srvtoolu_1',
      toolName: 'web_search',
      providerExecuted: true,
    };
    const called = whole([searched, CALL, { ...CALL, toolCallId: 'call_2', input: '' }]);
    expect(called.choices[0]).toEqual({
      index: 0,
      message: {
        role: 'assistant',
        content: null,
        refusal: null,
        tool_calls: [
          {
            id: 'call_1',
            type: 'function',
            function: { name: 'weather', arguments: '{"city":"Ulm"}' },
          },
          { id: 'call_2', type: 'function', function: { name: 'weather', arguments: '{}' } },
        ],
      },
      logprobs: null,
      finish_reason: 'tool_calls',
    });
    expect(whole([searched], 'tool-calls').choices[0].finish_reason).toBe('stop');
  });

  it('has thoughts with their proofs, and those that only the provider can read', () => {
    const { message } = whole([
      { type: 'reasoning', text: 'So', providerMetadata: { anthropic: { signature: 'sig' } } },
      { type: 'reasoning', text: '', providerMetadata: { anthropic: { redactedData: 'dark' } } },
      {
        type: 'reasoning',
        text: ' it is',
        providerMetadata: { google: { thoughtSignature: 'g' } },
      },
      { type: 'reasoning', text: '.' },
      { type: 'text', text: 'Yes' },
    ]).choices[0];
    expect(message).toMatchObject({
      content: 'Yes',
      reasoning_content: 'So it is.',
      thinking_blocks: [
        { type: 'thinking', thinking: 'So', signature: 'sig' },
        { type: 'redacted_thinking', data: 'dark' },
        { type: 'thinking', thinking: ' it is', signature: 'g' },
      ],
    });
  });

  it('has the pages that a text cites with the place, and the other sources', () => {
    const page = { type: 'source', sourceType: 'url', id: '1' } as const;
    const cited = { ...page, url: 'https://a.example/', title: 'A' };
    const { message } = whole([
      cited,
      { ...page, url: 'https://b.example/' },
      { type: 'source', sourceType: 'document', id: '2', mediaType: 'text/plain', title: 'D' },
      { type: 'text', text: 'One. ' },
      { type: 'text', text: 'Two.', citations: [{ source: cited }] },
    ]).choices[0];
    const annotation = (url: string, title: string, start_index: number, end_index: number) => ({
      type: 'url_citation',
      url_citation: { url, title, start_index, end_index },
    });
    expect(message).toMatchObject({
      annotations: [
        annotation('https://a.example/', 'A', 5, 9),
        annotation('https://b.example/', 'https://b.example/', 0, 0),
      ],
    });
  });

  it('has images, and no other files', () => {
    const { message } = whole([
      { type: 'file', mediaType: 'image/png', data: { type: 'data', data: Buffer.from('png') } },
      { type: 'file', mediaType: 'audio/wav', data: { type: 'data', data: 'AAAA' } },
      {
        type: 'file',
        mediaType: 'image/jpeg',
        data: { type: 'url', url: new URL('https://a.example/i.jpg') },
      },
    ]).choices[0];
    const image = (index: number, url: string) => ({
      type: 'image_url',
      index,
      image_url: { url },
    });
    expect(message).toMatchObject({
      images: [image(0, 'data:image/png;base64,cG5n'), image(1, 'https://a.example/i.jpg')],
    });
  });

  it.each([
    ['stop', 'stop'],
    ['length', 'length'],
    ['content-filter', 'content_filter'],
    ['other', 'stop'],
    ['error', 'length'],
    ['interrupted', 'length'],
  ] as const)('ends a response that the package calls %s with %s', (unified, reason) => {
    expect(whole([{ type: 'text', text: 'x' }], unified).choices[0].finish_reason).toBe(reason);
  });

  it('keeps the signature of a call, which Gemini wants back', () => {
    const { message } = whole([
      { ...CALL, providerMetadata: { google: { thoughtSignature: 'proof' } } },
    ]).choices[0];
    expect(message).toMatchObject({
      tool_calls: [{ provider_specific_fields: { thought_signature: 'proof' } }],
    });
  });
});

describe('a failure of the upstream', () => {
  it.each([
    [400, 'invalid_request_error'],
    [401, 'authentication_error'],
    [403, 'permission_error'],
    [404, 'not_found_error'],
    [413, 'invalid_request_error'],
    [422, 'invalid_request_error'],
    [429, 'rate_limit_error'],
    [500, 'server_error'],
    [502, 'server_error'],
    [503, 'overloaded_error'],
    [529, 'overloaded_error'],
  ])('of status %i has the type %s, in a body and in a stream', (status, type) => {
    const encoder = new CompletionEncoder(OWN_FACTS);
    const failure = { status, message: 'line one\nline two' };
    const body = { error: { message: failure.message, type, param: null, code: String(status) } };
    expect(JSON.parse(encoder.failure(failure))).toEqual(body);
    const event = encoder.failureEvent(failure);
    expect(completionEvents(event)).toEqual([body]);
    expect(chatCompletions.responseFormat.isFailure(event)).toBe(true);
  });
});
