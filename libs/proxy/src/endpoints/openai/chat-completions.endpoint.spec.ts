import { isGatehouseError, scanJsonObject } from '#libs/common';
import { chatCompletions } from './chat-completions.endpoint.js';
import type { RelayRequest } from '../request/relay-request.js';

const MESSAGES = [{ role: 'user', content: 'hi' }];

function read(body: object, pathModel: string | null = null) {
  const text = JSON.stringify({ model: 'm', messages: MESSAGES, ...body });
  return chatCompletions.read(scanJsonObject(Buffer.from(text)), pathModel);
}

const upstreamBody = (request: RelayRequest, upstreamModel: string, asksForUsage: boolean) =>
  chatCompletions.body(request, { upstreamModel, asksForUsage, outputLimit: null }).joined();

function refusal(body: object): string | null {
  try {
    read(body);
  } catch (error) {
    if (isGatehouseError(error, 'request_invalid')) return error.param;
    throw error;
  }
  return 'accepted';
}

describe('a request for a chat completion', () => {
  it('reads what the relay needs', () => {
    const request = read({
      stream: true,
      stream_options: { include_usage: true, x: 1 },
      max_tokens: 5,
      n: 2,
    });
    expect(request).toMatchObject({
      model: 'm',
      isStream: true,
      wantsUsage: true,
      maxOutputTokens: 5,
      choices: 2,
      dropped: [],
    });
  });

  it('lets the model of the path win over the body', () => {
    expect(read({}, 'path-model').model).toBe('path-model');
  });

  it('holds the larger of the two output bounds', () => {
    expect(read({ max_tokens: 10, max_completion_tokens: 7 }).maxOutputTokens).toBe(10);
    expect(read({}).maxOutputTokens).toBeNull();
  });

  it('takes null for absent', () => {
    expect(read({ stream: null, stream_options: null, max_tokens: null, n: null })).toMatchObject({
      isStream: false,
      wantsUsage: false,
      maxOutputTokens: null,
      choices: 1,
    });
  });

  it.each([
    'api_base',
    'API_BASE',
    'base_url',
    'api_key',
    'api_version',
    'custom_llm_provider',
    'extra_headers',
    'extra_body',
    'headers',
    'organization',
    'input_cost_per_token',
    'output_cost_per_second',
    'cache_read_input_token_cost',
    'mock_response',
    'mock_timeout',
    'aws_access_key_id',
    'vertex_credentials',
    'azure_ad_token',
    'litellm_credential_name',
    'model_info',
  ])('refuses a request that sets %s and names it', (name) => {
    expect(refusal({ [name]: 'x' })).toBe(name);
  });

  it.each([
    ['model', 1],
    ['model', ''],
    ['model', null],
    ['model', 'x'.repeat(257)],
    ['messages', 'text'],
    ['messages', {}],
    ['stream', 'true'],
    ['stream', 1],
    ['stream_options', []],
    ['stream_options', true],
    ['n', 0],
    ['n', 129],
    ['n', 1.5],
    ['n', '2'],
    ['max_tokens', -1],
    ['max_tokens', 1e12],
    ['max_tokens', '5'],
    ['max_completion_tokens', 0.5],
  ])('refuses %s = %j', (name, value) => {
    expect(refusal({ [name]: value })).toBe(name);
  });

  it.each([
    'Model',
    'STREAM',
    'Stream_Options',
    'N',
    'max_Tokens',
    'Max_completion_tokens',
    'USER',
    'Messages',
    'Service_Tier',
    '\u017ftream',
    'max_to\u212aens',
    'Api_Base',
    'api_ba\u017fe',
  ])('refuses %s, which another parser could take for a member that is evaluated', (name) => {
    expect(refusal({ [name]: 1 })).toBe(name);
  });

  it('takes other members in any letter case', () => {
    expect(refusal({ Temperature: 1, logitBias: {} })).toBe('accepted');
  });

  it('refuses an include_usage in another letter case', () => {
    const options = { include_usage: true, Include_Usage: false };
    expect(refusal({ stream_options: options })).toBe('stream_options.Include_Usage');
  });

  it.each(['model', 'stream', 'stream_options', 'n', 'max_tokens', 'service_tier'])(
    'refuses megabytes of %s without parsing them',
    (name) => {
      const large = `[${'0,'.repeat(500_000)}0]`;
      const model = name === 'model' ? '' : '"model":"m",';
      const scan = scanJsonObject(Buffer.from(`{${model}"messages":[],"${name}":${large}}`));
      const value = jest.spyOn(scan, 'value');
      expect(() => chatCompletions.read(scan, null)).toThrow(/longer than/);
      expect(value).not.toHaveBeenCalledWith(name);
    },
  );

  it('never parses the messages, nor a model that the path overrules', () => {
    const large = `[${'0,'.repeat(500_000)}0]`;
    const scan = scanJsonObject(Buffer.from(`{"model":${large},"messages":${large}}`));
    const value = jest.spyOn(scan, 'value');
    const body = upstreamBody(chatCompletions.read(scan, 'm'), 'real', true).toString();
    expect(body).toContain('"model":"real"');
    expect(value.mock.calls.flat()).not.toContain('messages');
    expect(value.mock.calls.flat()).not.toContain('model');
  });

  it('reads the price class that is asked for', () => {
    expect(read({ service_tier: 'flex' }).serviceTier).toBe('flex');
    expect(read({}).serviceTier).toBeNull();
    expect(refusal({ service_tier: 1 })).toBe('service_tier');
  });

  it('refuses an include_usage that that is neither true nor false', () => {
    expect(refusal({ stream_options: { include_usage: 'yes' } })).toBe(
      'stream_options.include_usage',
    );
  });

  it('refuses a request without a body', () => {
    expect(() => chatCompletions.read(undefined, null)).toThrow(/no body/);
  });
});

describe('upstreamBody', () => {
  it('returns the very bytes of the client when nothing has to change', () => {
    const bytes = Buffer.from('{ "model" : "m", "messages": [ ] , "unknown":1e2}');
    const request = chatCompletions.read(scanJsonObject(bytes), null);
    expect(upstreamBody(request, 'm', false)).toBe(bytes);
  });

  it('replaces only the model, for every name of it', () => {
    const bytes = Buffer.from('{"messages":[],"model":"m","temperature":0.50}');
    const request = chatCompletions.read(scanJsonObject(bytes), null);
    expect(upstreamBody(request, 'gpt-"x"', false).toString()).toBe(
      '{"messages":[],"model":"gpt-\\"x\\"","temperature":0.50}',
    );
  });

  it('takes members off that only LiteLLM knows', () => {
    const request = read({
      metadata: { tags: ['a'] },
      tags: ['a'],
      num_retries: 3,
      fallbacks: ['x'],
      guardrails: ['g'],
      cache: { 'no-cache': true },
      caching: true,
      litellm_session_id: 's',
      timeout: 1,
      temperature: 1,
    });
    expect(JSON.parse(upstreamBody(request, 'm', false).toString())).toEqual({
      model: 'm',
      messages: MESSAGES,
      temperature: 1,
    });
  });

  it('asks for usage and keeps the other stream options', () => {
    const request = read({ stream: true, stream_options: { include_obfuscation: false } });
    expect(JSON.parse(upstreamBody(request, 'm', true).toString())).toMatchObject({
      stream_options: { include_obfuscation: false, include_usage: true },
    });
  });

  it('names the model of the path to the upstream when the body names none', () => {
    const scan = scanJsonObject(Buffer.from('{"messages":[]}'));
    const request = chatCompletions.read(scan, 'm');
    expect(JSON.parse(upstreamBody(request, 'u', false).toString())).toMatchObject({ model: 'u' });
  });
});
