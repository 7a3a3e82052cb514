import { normalizeTarget } from './request-target.js';

const normalized = (url: string, rootPath = '') => {
  const request = { url, headers: { host: 'as-sent' } };
  normalizeTarget(request, { rootPath, passThrough: { prefixes: [] } });
  return [request.url, request.headers.host];
};

describe('normalizeTarget', () => {
  it.each([
    ['/v1/models', '/v1/models', 'as-sent'],
    ['http://llm.example/v1/models?a=b', '/v1/models?a=b', 'llm.example'],
    ['HTTPS://llm.example:8443/v1/models', '/v1/models', 'llm.example:8443'],
    ['http://llm.example', '/', 'llm.example'],
    ['http://llm.example?a=b', '/?a=b', 'llm.example'],
    ['http://me@llm.example/x', '/x', 'llm.example'],
    ['http://[::1]:4000/x', '/x', '[::1]:4000'],
    ['http:///v1/models', 'http:///v1/models', 'as-sent'],
    ['ftp://llm.example/x', 'ftp://llm.example/x', 'as-sent'],
    ['//llm.example/x', '//llm.example/x', 'as-sent'],
    ['*', '*', 'as-sent'],
  ])('makes of %s the path %s', (url, path, host) => {
    expect(normalized(url)).toEqual([path, host]);
  });

  it.each([
    ['/llm/v1/models', '/v1/models'],
    ['/llm', '/'],
    ['/llm/', '/'],
    ['/llm?a=b', '/?a=b'],
    ['http://llm.example/llm/v1/models', '/v1/models'],
    ['/v1/models', '/v1/models'],
    ['/llmx/v1/models', '/llmx/v1/models'],
    ['/llm/llm/v1', '/llm/v1'],
    ['/LLM/v1/models', '/LLM/v1/models'],
  ])('takes the prefix /llm off %s', (url, path) => {
    expect(normalized(url, '/llm')[0]).toBe(path);
  });

  it('makes of the address of Azure that of the gateway, behind its prefix', () => {
    expect(normalized('http://llm.example/llm/openai/files?api-version=1', '/llm')[0]).toBe(
      '/v1/files?api-version=1',
    );
  });
});
