import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import { GatehouseError } from '#libs/common';
import type { ModelRequest } from '../model-exchange.js';
import { decodeChat } from './chat-request.js';

const MESSAGES = [{ role: 'user', content: 'Hello' }];
const WEATHER = { name: 'weather', description: 'Tells it', parameters: { type: 'object' } };
const TIME = { name: 'time' };
const TOOLS = [
  { type: 'function', function: WEATHER },
  { type: 'function', function: TIME },
];
const WEATHER_TOOL = {
  type: 'function',
  name: 'weather',
  description: 'Tells it',
  inputSchema: { type: 'object' },
};
const TIME_TOOL = {
  type: 'function',
  name: 'time',
  inputSchema: { type: 'object', properties: {} },
};

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

describe('tools of a chat', () => {
  it.each<[string, object, object]>([
    ['functions', { tools: TOOLS }, { tools: [WEATHER_TOOL, TIME_TOOL] }],
    [
      'a strict function',
      { tools: [{ type: 'function', function: { ...TIME, strict: true } }] },
      { tools: [{ ...TIME_TOOL, strict: true }] },
    ],
    [
      'functions of the legacy syntax',
      { functions: [TIME], function_call: { name: 'time' } },
      { tools: [TIME_TOOL], toolChoice: { type: 'tool', toolName: 'time' } },
    ],
    ['no functions, though a choice', { tools: [], tool_choice: 'auto' }, {}],
    [
      'a choice by its name',
      { tools: TOOLS, tool_choice: { type: 'function', function: { name: 'time' } } },
      { tools: [WEATHER_TOOL, TIME_TOOL], toolChoice: { type: 'tool', toolName: 'time' } },
    ],
    [
      'functions that are allowed among others, which the model is not told of',
      {
        tools: TOOLS,
        tool_choice: {
          type: 'allowed_tools',
          allowed_tools: {
            mode: 'required',
            tools: [{ type: 'function', function: { name: 'time' } }],
          },
        },
      },
      { tools: [TIME_TOOL], toolChoice: { type: 'required' } },
    ],
    [
      'parallel calls, which are usual',
      { tools: TOOLS, parallel_tool_calls: true },
      { tools: [WEATHER_TOOL, TIME_TOOL] },
    ],
    [
      'one call in each response',
      { tools: TOOLS, parallel_tool_calls: false },
      {
        tools: [WEATHER_TOOL, TIME_TOOL],
        providerOptions: { anthropic: { disableParallelToolUse: true } },
      },
    ],
    ['one call, without tools', { parallel_tool_calls: false }, {}],
  ])('%s', (_, parameters, expected) => {
    expect(optionsOf(parameters)).toEqual(expected);
  });

  it.each(['auto', 'none', 'required'])('the choice %s', (choice) => {
    expect(optionsOf({ tools: TOOLS, tool_choice: choice })).toMatchObject({
      toolChoice: { type: choice },
    });
  });

  it('cache_control is read beside and in a function', () => {
    const cache_control = { type: 'ephemeral' };
    const tools = [
      { type: 'function', function: TIME, cache_control },
      { type: 'function', function: { ...TIME, cache_control } },
    ];
    const providerOptions = { anthropic: { cacheControl: cache_control } };
    expect(optionsOf({ tools })).toEqual({
      tools: [
        { ...TIME_TOOL, providerOptions },
        { ...TIME_TOOL, providerOptions },
      ],
    });
  });

  it('options of tools and of thoughts are joined', () => {
    const parameters = {
      tools: TOOLS,
      parallel_tool_calls: false,
      thinking: { type: 'disabled' },
    };
    expect(optionsOf(parameters)).toMatchObject({
      providerOptions: {
        anthropic: { disableParallelToolUse: true, thinking: { type: 'disabled' } },
      },
    });
  });

  it('one call is refused, or left out, where the provider cannot be told', () => {
    const parameters = { tools: TOOLS, parallel_tool_calls: false };
    const target = { providerName: 'cohere' };
    expect(refusalOf(parameters, target)).toEqual(['request_invalid', 'parallel_tool_calls']);
    expect(decoded(parameters, { ...target, dropsParams: true }).dropped).toEqual([
      'parallel_tool_calls',
    ]);
  });

  it('a tool of another type is refused, or left out', () => {
    const tools = [{ type: 'custom', custom: { name: 'grammar' } }, ...TOOLS];
    expect(refusalOf({ tools })).toEqual(['request_invalid', 'tools[0].type']);
    const { options, dropped } = decoded({ tools }, { dropsParams: true });
    expect(options.tools).toEqual([WEATHER_TOOL, TIME_TOOL]);
    expect(dropped).toEqual(['tools[].type']);
  });

  const NAMED = { type: 'function', function: { name: 'moon' } };

  it.each<[string, object]>([
    ['tools', { tools: {} }],
    ['tools[0].type', { tools: [{ function: TIME }] }],
    ['tools[0].function.name', { tools: [{ type: 'function' }] }],
    [
      'tools[0].function.parameters',
      {
        tools: [{ type: 'function', function: { ...TIME, parameters: [] } }],
      },
    ],
    ['tool_choice', { tools: TOOLS, tool_choice: 'any' }],
    ['tool_choice', { tool_choice: 'required' }],
    ['tool_choice.type', { tools: TOOLS, tool_choice: { type: 'custom' } }],
    ['tool_choice.function.name', { tools: TOOLS, tool_choice: NAMED }],
    [
      'tool_choice.allowed_tools.tools[0].function.name',
      {
        tools: TOOLS,
        tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [NAMED] } },
      },
    ],
    [
      'tool_choice.allowed_tools.tools',
      {
        tools: TOOLS,
        tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [] } },
      },
    ],
    ['parallel_tool_calls', { tools: TOOLS, parallel_tool_calls: 1 }],
  ])(
    'what is wrong is refused with its path, even where parameters are dropped: %s',
    (param, parameters) => {
      expect(refusalOf(parameters, { dropsParams: true })).toEqual(['request_invalid', param]);
    },
  );
});
