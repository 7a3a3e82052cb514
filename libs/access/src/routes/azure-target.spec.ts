import { withoutAzure } from './azure-target.js';
import { requestedRoute } from './route-path.js';

const SET_UP = { prefixes: [{ path: '/openai_passthrough' }, { path: '/openai' }] };
const NOT_SET_UP = { prefixes: [{ path: '/openai_passthrough' }] };
const VERSION = 'api-version=2025-04-01-preview';

/** Operations of a resource in Azure's API that the gateway has. */
const OPERATIONS = [
  '/audio/speech',
  '/batches',
  '/batches/batch_1/cancel',
  '/chat/completions',
  '/embeddings',
  '/files/file-1/content',
  '/fine_tuning/jobs',
  '/images/generations',
  '/models',
  '/models/org%2Fgpt-4o',
  '/realtime',
  '/responses',
  '/responses/resp_1/input_items',
  '/vector_stores/vs_1/files',
];

describe('the address of an operation at Azure', () => {
  it.each(OPERATIONS)('is that of the gateway with a version: %s', (operation) => {
    for (const base of ['/openai', '/openai/v1'])
      for (const settings of [SET_UP, NOT_SET_UP])
        expect(withoutAzure(`${base}${operation}?${VERSION}`, settings)).toBe(
          `/v1${operation}?${VERSION}`,
        );
  });

  it.each(OPERATIONS)('is that of the gateway without one, unless it passes through: %s', (one) => {
    for (const base of ['/openai', '/openai/v1']) {
      expect(withoutAzure(`${base}${one}`, NOT_SET_UP)).toBe(`/v1${one}`);
      expect(withoutAzure(`${base}${one}`, SET_UP)).toBe(`${base}${one}`);
    }
  });

  it.each([
    '/openai',
    '/openai/',
    '/openai/assistants',
    '/openai/v1/threads/thread_1',
    '/openai/filesystem',
    '/openai//files',
    '/openai/./files',
    '/openai/v2/files',
    '/openai/v1/v1/files',
    '/openai%2Ffiles',
    '/openai_passthrough/v1/files',
    '/azure/openai/files',
    '/OpenAI/files',
    '/v1/files',
    'http://llm.example/openai/files',
  ])('is not %s', (target) => {
    const asked = `${target}?${VERSION}`;
    expect(withoutAzure(asked, SET_UP)).toBe(asked);
    expect(withoutAzure(asked, NOT_SET_UP)).toBe(asked);
  });

  it('names the model of a WebSocket by its deployment, once', () => {
    const asked = (query: string) =>
      requestedRoute('GET', withoutAzure(`/openai/realtime?${query}`, SET_UP));
    expect(asked(`${VERSION}&deployment=gpt%20rt`)).toMatchObject({
      path: '/realtime',
      model: 'gpt rt',
    });
    expect(asked(`deployment=one&model=two&${VERSION}`)?.model).toBeNull();
  });

  it('of a batch may have a deployment, which the lines of its file name themselves', () => {
    const target = `/openai/deployments/gpt-4o/batches?${VERSION}`;
    expect(withoutAzure(target, SET_UP)).toBe(`/v1/batches?${VERSION}`);
  });

  it.each([
    'audio/speech',
    'audio/transcriptions',
    'audio/translations',
    'chat/completions',
    'completions',
    'embeddings',
    'images/edits',
    'images/generations',
  ])('of a deployment names the model: %s', (operation) => {
    const target = `/openai/deployments/gpt-4o/${operation}?${VERSION}`;
    expect(withoutAzure(target, SET_UP)).toBe(target);
    expect(requestedRoute('POST', target)).toMatchObject({
      path: `/${operation}`,
      model: 'gpt-4o',
    });
  });
});
