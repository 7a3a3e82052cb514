import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import { GatehouseError } from '#libs/common';
import type { ModelRequest } from '../model-exchange.js';
import { decodeChat } from './chat-request.js';

const MESSAGES = [{ role: 'user', content: 'Hello' }];
const SCHEMA = { type: 'object', properties: { a: { type: 'string' } } };

interface Target {
  readonly providerName?: string;
  readonly dropsParams?: boolean;
}

function decoded(parameters: object, target: Target = {}): ModelRequest {
  const body = { model: 'claude', messages: MESSAGES, ...parameters };
  return decodeChat(body, { providerName: 'anthropic', dropsParams: false, ...target });
}

function optionsOf(parameters: object, target: Target = {}): Partial<LanguageModelV4CallOptions> {
  const { prompt, ...options } = decoded(parameters, target).options;
  expect(prompt).toHaveLength(1);
  return options;
}

function refusalOf(parameters: object, target: Target = {}): unknown {
  try {
    return decoded(parameters, target);
  } catch (error) {
    if (error instanceof GatehouseError) return [error.code, error.param];
    throw error;
  }
}

describe('parameters of a chat as options of a model', () => {
  it.each<[string, object, object]>([
    ['without parameters the options are empty', {}, {}],
    ['null is the same as no value', { temperature: null, stop: null, tools: null, n: null }, {}],
    [
      'sampling',
      { temperature: 0, top_p: 0.5, top_k: 3, presence_penalty: 0, frequency_penalty: 0 },
      { temperature: 0, topP: 0.5, topK: 3 },
    ],
    ['the legacy bound of tokens', { max_tokens: 5 }, { maxOutputTokens: 5 }],
    [
      'the current bound of tokens has priority',
      { max_tokens: 5, max_completion_tokens: 6 },
      { maxOutputTokens: 6 },
    ],
    ['one stop sequence', { stop: 'END' }, { stopSequences: ['END'] }],
    ['many stop sequences', { stop: ['a', 'b'] }, { stopSequences: ['a', 'b'] }],
    ['plain text', { response_format: { type: 'text' } }, { responseFormat: { type: 'text' } }],
    [
      'JSON by a schema',
      {
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'a', description: 'b', schema: SCHEMA },
        },
      },
      { responseFormat: { type: 'json', name: 'a', description: 'b', schema: SCHEMA } },
    ],
    ['effort', { reasoning_effort: 'low' }, { reasoning: 'low' }],
    ['no effort, in LiteLLM’s word', { reasoning_effort: 'disable' }, { reasoning: 'none' }],
    [
      'values that every model has anyway',
      { n: 1, logprobs: false, top_logprobs: 0, logit_bias: {}, modalities: ['text'] },
      {},
    ],
    [
      'values that the gateway itself evaluates',
      { stream: true, stream_options: { include_usage: true } },
      {},
    ],
  ])('%s', (_, parameters, expected) => {
    const request = decoded(parameters);
    expect(optionsOf(parameters)).toEqual(expected);
    expect(request.dropped).toEqual([]);
  });

  it.each<[string, string, object]>([
    [
      'anthropic',
      'a budget of thoughts',
      { anthropic: { thinking: { type: 'enabled', budgetTokens: 2_000 } } },
    ],
    [
      'amazonBedrock',
      'a budget of thoughts',
      { amazonBedrock: { reasoningConfig: { type: 'enabled', budgetTokens: 2_000 } } },
    ],
    [
      'google',
      'a budget of thoughts',
      { google: { thinkingConfig: { includeThoughts: true, thinkingBudget: 2_000 } } },
    ],
  ])('%s receives %s in its own form', (providerName, _, providerOptions) => {
    const thinking = { type: 'enabled', budget_tokens: 2_000 };
    expect(optionsOf({ thinking }, { providerName })).toEqual({ providerOptions });
  });

  it.each([
    [{ type: 'enabled', budget_tokens: 1_024 }, 'low'],
    [{ type: 'enabled', budget_tokens: 2_000 }, 'medium'],
    [{ type: 'enabled', budget_tokens: 9_000 }, 'high'],
    [{ type: 'enabled' }, 'medium'],
    [{ type: 'disabled' }, 'none'],
    [{ type: 'adaptive' }, 'provider-default'],
  ])(
    'thinking %j is the effort %s for a provider that knows efforts alone',
    (thinking, reasoning) => {
      expect(optionsOf({ thinking }, { providerName: 'cohere' })).toEqual({ reasoning });
    },
  );

  it.each<[string, object, object]>([
    [
      'thoughts that are off',
      { type: 'disabled', budget_tokens: 5 },
      { anthropic: { thinking: { type: 'disabled' } } },
    ],
    [
      'thoughts as the model sees fit',
      { type: 'adaptive', display: 'summarized' },
      { anthropic: { thinking: { type: 'adaptive', display: 'summarized' } } },
    ],
  ])('%s', (_, thinking, providerOptions) => {
    expect(optionsOf({ thinking })).toEqual({ providerOptions });
  });

  it('JSON without a schema is any object for a package that ignores JSON without one', () => {
    const parameters = { response_format: { type: 'json_object' } };
    expect(optionsOf(parameters)).toEqual({
      responseFormat: { type: 'json', schema: { type: 'object', additionalProperties: true } },
    });
    expect(optionsOf(parameters, { providerName: 'google' })).toEqual({
      responseFormat: { type: 'json' },
    });
  });
});

describe('what a model cannot be told', () => {
  it('is left out and named where the response is as good without it', () => {
    const parameters = {
      user: 'ann',
      metadata: { a: 'b' },
      store: false,
      service_tier: 'auto',
      prompt_cache_key: 'k',
      safety_identifier: 's',
      verbosity: 'low',
    };
    expect(optionsOf(parameters)).toEqual({});
    expect(decoded(parameters).dropped).toEqual(Object.keys(parameters));
  });

  const UNSUPPORTED: [string, unknown][] = [
    ['n', 2],
    ['logprobs', true],
    ['top_logprobs', 3],
    ['logit_bias', { 50256: -100 }],
    ['modalities', ['text', 'audio']],
    ['audio', { voice: 'alloy', format: 'wav' }],
    ['prediction', { type: 'content', content: 'x' }],
    ['web_search_options', {}],
    ['store', true],
    ['service_tier', 'flex'],
    ['min_p', 0.1],
    ['constructor', 1],
  ];

  it.each(UNSUPPORTED)('is refused: %s = %j', (name, value) => {
    expect(refusalOf({ [name]: value })).toEqual(['request_invalid', name]);
  });

  it.each(UNSUPPORTED)('is left out where the deployment drops it: %s = %j', (name, value) => {
    const target = { dropsParams: true };
    expect(optionsOf({ [name]: value }, target)).toEqual({});
    expect(decoded({ [name]: value }, target).dropped).toEqual([name]);
  });

  it.each([
    ['anthropic', 'seed', 7],
    ['anthropic', 'presence_penalty', -1],
    ['amazonBedrock', 'frequency_penalty', 2],
    ['mistral', 'top_k', 3],
  ])('may be what a provider lacks: %s, %s', (providerName, name, value) => {
    expect(refusalOf({ [name]: value }, { providerName })).toEqual(['request_invalid', name]);
    const target = { providerName, dropsParams: true };
    expect(decoded({ [name]: value }, target).dropped).toEqual([name]);
    expect(optionsOf({ [name]: value }, target)).toEqual({});
    expect(Object.values(optionsOf({ [name]: value }, { providerName: 'google' }))).toEqual([
      value,
    ]);
  });

  it('says how to go on', () => {
    expect(() => decoded({ n: 2 })).toThrow(
      '"n" is not supported by this model’s provider; leave it out, or set "drop_params" of the deployment.',
    );
  });
});

describe('parameters that are wrong', () => {
  it.each<[string, object]>([
    ['messages', { messages: undefined }],
    ['temperature', { temperature: 'hot' }],
    ['top_p', { top_p: Infinity }],
    ['max_tokens', { max_tokens: 1.5 }],
    ['top_k', { top_k: '7' }],
    ['stop', { stop: 7 }],
    ['stop[1]', { stop: ['a', 7] }],
    ['response_format.type', { response_format: { type: 'xml' } }],
    ['response_format.json_schema.name', { response_format: { type: 'json_schema' } }],
    [
      'response_format.json_schema.schema',
      {
        response_format: { type: 'json_schema', json_schema: { name: 'a', schema: 'b' } },
      },
    ],
    ['reasoning_effort', { reasoning_effort: 'huge' }],
    ['thinking.type', { thinking: true }],
    ['thinking.budget_tokens', { thinking: { type: 'enabled', budget_tokens: '9' } }],
  ])('are refused with their path, even where parameters are dropped: %s', (param, parameters) => {
    expect(refusalOf(parameters, { dropsParams: true })).toEqual(['request_invalid', param]);
  });

  it('a body that is not an object is refused', () => {
    expect(() => decodeChat([], { providerName: 'anthropic', dropsParams: true })).toThrow(
      'The body must be an object.',
    );
  });
});
