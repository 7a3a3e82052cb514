import type { DeploymentSettings, Dialect } from '#libs/config';
import { DIALECTS } from './dialect-table.js';

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
    streamTimeoutSeconds: 1,
    prices: null,
    streamUsage: 'hidden',
    adjustment: null,
    baseModel: null,
    maxInputTokens: null,
    maxOutputTokens: null,
    accessGroups: [],
    description: { mode: null, info: {}, params: {} },
    tags: [],
    limits: { requestsPerMinute: null, tokensPerMinute: null, maxParallelRequests: null },
    ...overrides,
  };
}

function chatUrl(dialect: Dialect, overrides: Partial<DeploymentSettings>): string {
  return DIALECTS[dialect].url(deployment({ dialect, ...overrides }), '/chat/completions').href;
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
    expect(DIALECTS.openai.credential(plain)).toEqual({
      authorization: 'Bearer secret',
      'openai-organization': 'org-1',
    });
    expect(DIALECTS['azure-deployment'].credential(plain)).toEqual({ 'api-key': 'secret' });
    expect(DIALECTS['azure-v1'].credential(plain)).toEqual({ 'api-key': 'secret' });
  });

  it('are left out where the deployment has none', () => {
    const open = deployment({ apiKey: null });
    for (const dialect of Object.values(DIALECTS)) expect(dialect.credential(open)).toEqual({});
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
    expect(DIALECTS['azure-deployment'].knowsIncludeUsage(deployment({ apiVersion }))).toBe(
      expected,
    );
  });

  it('is known to OpenAI and to the v1 address', () => {
    expect(DIALECTS.openai.knowsIncludeUsage(deployment({}))).toBe(true);
    expect(DIALECTS['azure-v1'].knowsIncludeUsage(deployment({}))).toBe(true);
  });
});
