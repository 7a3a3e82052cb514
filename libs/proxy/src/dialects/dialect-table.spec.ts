import type { WireFormat } from '#libs/common';
import type { DeploymentSettings, Dialect } from '#libs/config';
import { ENDPOINTS } from '../endpoints/index.js';
import { realtime } from '../endpoints/openai/realtime.operation.js';
import { DIALECTS, dialectOf, offers, speaks, wireOf } from './dialect-table.js';

function deployment(overrides: Partial<DeploymentSettings>): DeploymentSettings {
  return {
    id: 'd',
    modelGroup: 'm',
    provider: 'openai',
    dialect: 'openai',
    upstreamModel: 'gpt x/1',
    apiBase: 'https://host.example/v1',
    apiKey: 'secret',
    apiVersion: null,
    organization: null,
    region: null,
    extraHeaders: {},
    weight: 1,
    timeoutSeconds: 1,
    order: null,
    numRetries: null,
    coolDown: { seconds: 5, allowedFails: {} },
    firstByteTimeoutSeconds: 1,
    streamIdleTimeoutSeconds: 1,
    keepAliveSeconds: null,
    takesClientKeepAlive: false,
    prices: null,
    streamUsage: 'hidden',
    adjustment: null,
    baseModel: null,
    maxInputTokens: null,
    maxOutputTokens: null,
    accessGroups: [],
    description: { mode: null, info: {}, params: {} },
    tags: [],
    dropsParams: false,
    droppedMembers: [],
    healthCheck: { model: null, timeoutSeconds: 60, maxTokens: 5, isInBackground: true },
    limits: { requestsPerMinute: null, tokensPerMinute: null, maxParallelRequests: null },
    ...overrides,
  };
}

function dialectFor(dialect: Dialect, wire: WireFormat = 'openai') {
  return dialectOf({ dialect }, wire);
}

function chatUrl(dialect: Dialect, overrides: Partial<DeploymentSettings>): string {
  return dialectFor(dialect).url(deployment({ dialect, ...overrides }), '/chat/completions').href;
}

describe('addresses', () => {
  it.each<[Dialect, string, string | null, string]>([
    ['openai', 'https://h.example/v1', null, 'https://h.example/v1/chat/completions'],
    ['openai', 'https://h.example', null, 'https://h.example/chat/completions'],
    [
      'openai',
      'http://h.example:81/a/v1?x=1',
      null,
      'http://h.example:81/a/v1/chat/completions?x=1',
    ],
    [
      'azure-deployment',
      'https://h.example',
      '2024-10-21',
      'https://h.example/openai/deployments/gpt%20x%2F1/chat/completions?api-version=2024-10-21',
    ],
    [
      'azure-deployment',
      'https://h.example/openai',
      '2024-10-21',
      'https://h.example/openai/deployments/gpt%20x%2F1/chat/completions?api-version=2024-10-21',
    ],
    ['azure-v1', 'https://h.example', null, 'https://h.example/openai/v1/chat/completions'],
    [
      'azure-v1',
      'https://h.example/openai/v1',
      'preview',
      'https://h.example/openai/v1/chat/completions?api-version=preview',
    ],
  ])('%s below %s (%s)', (dialect, apiBase, apiVersion, expected) => {
    expect(chatUrl(dialect, { apiBase, apiVersion })).toBe(expected);
  });
});

describe('credentials', () => {
  it('are a bearer for OpenAI and api-key for Azure', () => {
    const plain = deployment({ organization: 'org-1' });
    expect(dialectFor('openai').credential(plain)).toEqual({
      authorization: 'Bearer secret',
      'openai-organization': 'org-1',
    });
    expect(dialectFor('azure-deployment').credential(plain)).toEqual({ 'api-key': 'secret' });
    expect(dialectFor('azure-v1').credential(plain)).toEqual({ 'api-key': 'secret' });
  });

  it('are left out where the deployment has none', () => {
    const open = deployment({ apiKey: null });
    const all = Object.values(DIALECTS).flatMap((dialects) => Object.values(dialects));
    for (const dialect of all) expect(dialect.credential(open)).toEqual({});
  });
});

describe('include_usage', () => {
  it.each([
    ['2023-05-15', false],
    ['2024-08-01-preview', false],
    ['2024-09-01-preview', true],
    ['2024-10-21', true],
    ['2025-01-01-preview', true],
  ])('Azure %s: %s', (apiVersion, expected) => {
    expect(dialectFor('azure-deployment').knowsIncludeUsage(deployment({ apiVersion }))).toBe(
      expected,
    );
  });

  it('is known to OpenAI and to the v1 address', () => {
    expect(dialectFor('openai').knowsIncludeUsage(deployment({}))).toBe(true);
    expect(dialectFor('azure-v1').knowsIncludeUsage(deployment({}))).toBe(true);
  });
});

describe('the API of Anthropic', () => {
  it.each([
    ['https://api.anthropic.com/v1', 'https://api.anthropic.com/v1/messages'],
    ['https://api.anthropic.com', 'https://api.anthropic.com/v1/messages'],
    ['https://h.example/v1/messages', 'https://h.example/v1/messages'],
    ['https://api.deepseek.com/anthropic', 'https://api.deepseek.com/anthropic/v1/messages'],
    ['http://h.example:81/a/v1?x=1', 'http://h.example:81/a/v1/messages?x=1'],
  ])('is below %s at %s', (apiBase, expected) => {
    const { href } = dialectFor('anthropic', 'anthropic').url(
      deployment({ apiBase }),
      '/v1/messages',
    );
    expect(href).toBe(expected);
  });

  it('takes the key in x-api-key, and at its OpenAI-compatible address as a bearer', () => {
    const own = deployment({ dialect: 'anthropic' });
    expect(dialectFor('anthropic', 'anthropic').credential(own)).toEqual({ 'x-api-key': 'secret' });
    expect(dialectFor('anthropic').credential(own)).toEqual({ authorization: 'Bearer secret' });
  });

  const relayed = (client: Record<string, string>, fixed: Record<string, string> = {}) =>
    dialectFor('anthropic', 'anthropic').relayedHeaders(client, fixed);

  it('gets the version of the client, and one where it names none', () => {
    expect(relayed({})).toEqual({ 'anthropic-version': '2023-06-01' });
    expect(relayed({ 'anthropic-version': '2099-01-01' })).toEqual({
      'anthropic-version': '2099-01-01',
    });
    const configured = { 'anthropic-version': '2024-01-01' };
    expect(relayed({ 'anthropic-version': '2099-01-01' }, configured)).toEqual(configured);
    expect(relayed({ 'anthropic-version': 'é' })).toEqual({ 'anthropic-version': '2023-06-01' });
  });

  it('gets the beta features of the deployment and of the client, each once', () => {
    const client = { 'anthropic-beta': 'claude-code-20250219, context-1m-2025-08-07,x' };
    const fixed = { 'anthropic-beta': 'context-1m-2025-08-07' };
    expect(relayed(client, fixed)['anthropic-beta']).toBe(
      'context-1m-2025-08-07,claude-code-20250219,x',
    );
  });

  it('gets no beta feature that cannot be a name, and none that belongs to the credential of the client', () => {
    const bad = ['a b', 'a\tb', '', 'a:b', 'x'.repeat(200), 'oauth-2025-04-20'].join(',');
    expect(relayed({ 'anthropic-beta': bad })).toEqual({ 'anthropic-version': '2023-06-01' });
    const many = Array.from({ length: 500 }, (_, index) => `b${String(index)}`).join(',');
    expect(relayed({ 'anthropic-beta': many })['anthropic-beta']?.split(',')).toHaveLength(32);
  });

  it('is spoken by its own deployments alone, beside that of OpenAI', () => {
    const wires: readonly WireFormat[] = ['openai', 'anthropic'];
    expect(wires.map((wire) => speaks({ dialect: 'anthropic' }, wire))).toEqual([true, true]);
    expect(wires.map((wire) => speaks({ dialect: 'openai' }, wire))).toEqual([true, false]);
    expect(() => dialectOf({ dialect: 'openai' }, 'anthropic')).toThrow(TypeError);
  });
});

describe('the operations of OpenAI’s API', () => {
  const ofOpenai = [...ENDPOINTS, realtime].filter((one) => wireOf(one) === 'openai');
  const offered = (dialect: Dialect) =>
    ofOpenai.filter((one) => offers({ dialect }, one)).map(({ route }) => route);

  it.each<[Dialect, readonly string[]]>([
    ['anthropic', ['/chat/completions']],
    ['gemini', ['/chat/completions', '/embeddings', '/images/generations']],
    ['vertex-google', []],
    ['vertex-anthropic', []],
    ['bedrock-anthropic', []],
  ])('that %s has are those of its compatible address', (dialect, routes) => {
    expect(offered(dialect)).toEqual(routes);
  });

  it.each<Dialect>(['openai', 'azure-deployment', 'azure-v1'])('are all those of %s', (dialect) => {
    expect(offered(dialect)).toHaveLength(ofOpenai.length);
  });

  it('are not asked for by their alias where an upstream knows them by one name', () => {
    const alias = { route: '/engines/chat', operation: '/chat/completions' };
    expect(offers({ dialect: 'anthropic' }, alias)).toBe(true);
    expect(offers({ dialect: 'anthropic' }, { ...alias, wire: 'google' })).toBe(false);
  });
});
