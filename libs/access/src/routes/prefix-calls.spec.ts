import { prefixCallOf, prefixModelOf } from './prefix-calls.js';
import { requestedRoute } from './route-path.js';

const sourceOf = (target: string) => {
  const route = requestedRoute('POST', target);
  const call = route === null ? null : prefixCallOf(route);
  return call === null ? undefined : prefixModelOf(call);
};

describe('the model of a call below the prefix of a provider', () => {
  it.each([
    ['/azure/openai/deployments/gpt-4o/chat/completions?api-version=1', 'gpt-4o'],
    ['/azure/OpenAI/Deployments/gpt-4o/Chat/Completions', 'gpt-4o'],
    ['/gemini/v1beta/models/gemini-2.0-flash:streamGenerateContent?alt=sse', 'gemini-2.0-flash'],
    [
      '/vertex_ai/v1/projects/p/locations/l/publishers/anthropic/models/claude@1:rawPredict',
      'claude@1',
    ],
    [
      '/vertex_ai/v1/projects/p/locations/l/publishers/anthropic/models/claude%401:rawPredict',
      'claude@1',
    ],
    ['/bedrock/model/anthropic.claude-v2%3A1/invoke-with-response-stream', 'anthropic.claude-v2:1'],
    ['/bedrock/model/eu.amazon.nova-v1:0/converse', 'eu.amazon.nova-v1:0'],
  ])('is in the path %s', (target, model) => {
    expect(sourceOf(target)).toEqual({ kind: 'path', model });
  });

  it.each([
    ['/openai/v1/chat/completions'],
    ['/openai/V1/Chat/Completions'],
    ['/openai/chat/completions/'],
    ['/mistral/v1/embeddings'],
    ['/anthropic/v1/messages'],
    ['/anthropic/v1/messages/count_tokens'],
    ['/gemini/v1beta/openai/chat/completions'],
    ['/cohere/v2/rerank'],
    ['/azure/openai/v1/responses'],
  ])('is in the body of %s', (target) => {
    expect(sourceOf(target)).toEqual({ kind: 'body' });
  });

  it.each([
    ['/openai/v1/files'],
    ['/openai/v1/batches'],
    ['/openai/v1/threads/runs'],
    ['/openai/v1/threads/thread_1/messages'],
    ['/openai/v1/fine_tuning/jobs'],
    ['/anthropic/v1/messages/batches'],
    ['/bedrock/agents/a/invoke'],
    ['/vertex_ai/v1/projects/p/locations/l/endpoints/1:predict'],
    ['/langfuse/api/public/traces'],
    ['/assemblyai/v2/transcript'],
  ])('is not known of %s', (target) => {
    expect(sourceOf(target)).toBeNull();
  });

  it.each([
    '/chat/completions',
    '/openai/v1/responses',
    '/openaix/v1/files',
    '/bedrock/%2e%2e/x',
    '/openai//x',
  ])('%s is below no prefix', (target) => {
    expect(sourceOf(target)).toBeUndefined();
  });
});
