import { wireFormatOf } from './wire-format.js';

const ENDPOINT = {
  path: '/claude',
  address: 'https://api.anthropic.com/v1',
  includesSubpath: true,
  methods: null,
  needsCredential: true,
};
const ENDPOINTS = [
  ENDPOINT,
  { ...ENDPOINT, path: '/google', address: 'https://us-central1-aiplatform.googleapis.com/v1' },
  { ...ENDPOINT, path: '/foundry', address: 'https://one.example/anthropic' },
  { ...ENDPOINT, path: '/other', address: 'https://api.example/v1' },
];

const wireOf = (target: string, headers: Record<string, string> = {}, method = 'POST') =>
  wireFormatOf({ method, target, headers }, ENDPOINTS);

describe('the form in which a request is answered', () => {
  it.each([
    ['/v1/chat/completions', 'openai'],
    ['/openai/deployments/m/chat/completions', 'openai'],
    ['/v1/messages', 'anthropic'],
    ['/v1/messages/', 'anthropic'],
    ['/v1/messages/batches', 'anthropic'],
    ['/v1/messages/batches/b%2f1/cancel?x=y', 'anthropic'],
    ['/v1/threads/t/messages', 'openai'],
    ['/v1beta/models/m:generateContent', 'google'],
    ['/v1beta/models/m:embedContent', 'google'],
    ['/v1beta/models/m:batchEmbedContents', 'google'],
    ['/v1beta/cachedContents', 'google'],
    ['/v1beta//models', 'google'],
    ['/v1/models/m:predict', 'google'],
    ['/models/a/b:predict', 'google'],
    ['/v1/models/llama3:latest', 'openai'],
    ['/v1/models/ft:gpt-4o:acme', 'openai'],
    ['/anthropic', 'anthropic'],
    ['/anthropic/v1/files', 'anthropic'],
    ['/anthropics/v1/files', 'openai'],
    ['/gemini/v1beta/files', 'google'],
    ['/gemini/v1beta/openai/chat/completions', 'openai'],
    ['/vertex_ai/v1/projects/p/locations/l/publishers/google/models/m:predict', 'google'],
    ['/vertex-ai/v1/projects/p/locations/l/publishers/anthropic/models/m:rawPredict', 'anthropic'],
    ['/vertex_ai/v1/projects/p/locations/l/endpoints/openapi/chat/completions', 'openai'],
    ['/azure_ai/anthropic/v1/messages', 'anthropic'],
    ['/vllm/v1/messages', 'anthropic'],
    ['/mistral/v1/chat/completions', 'openai'],
    ['/claude/files', 'anthropic'],
    ['/google/models/m:predict', 'google'],
    ['/foundry/v1/messages', 'anthropic'],
    ['/other/x', 'openai'],
  ])('is at %s that of %s', (target, wire) => {
    expect(wireOf(target)).toBe(wire);
  });

  it('follows the headers of official clients where the path belongs to no other API', () => {
    const anthropic = { 'anthropic-version': '2023-06-01' };
    const google = { 'x-goog-api-client': 'google-genai-sdk/1.0' };
    for (const target of ['/v1/models/nope', '/v1/files', '/nowhere', '/other/x', '/a//b']) {
      expect([target, wireOf(target, anthropic, 'GET')]).toEqual([target, 'anthropic']);
      expect([target, wireOf(target, google, 'GET')]).toEqual([target, 'google']);
    }
    expect(wireOf('/v1beta/models/m:generateContent', anthropic)).toBe('google');
    expect(wireOf('/v1/messages', google)).toBe('anthropic');
  });
});
