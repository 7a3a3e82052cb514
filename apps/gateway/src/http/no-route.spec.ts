import { HandlerTable } from '../openapi/handler-table.js';
import { knownRoutes } from '../openapi/api-document.js';
import { CONTROLLERS, MODULES } from '../application/parts.js';
import { errorHeadersOf } from './error-headers.js';
import { noRouteError } from './no-route.js';

const known = knownRoutes(new HandlerTable(MODULES, CONTROLLERS));

describe('a request that no handler takes', () => {
  it.each([
    ['GET', '/v1/chat/completions', 'POST'],
    ['PUT', '/v1/models/gpt-4o', 'GET, HEAD'],
    ['POST', '/health/liveliness', 'GET, HEAD'],
    ['DELETE', '/revocations', 'GET, HEAD, POST'],
    ['GET', '/organization/update?organization_id=a', 'PATCH'],
    ['POST', '/', 'GET, HEAD'],
    ['POST', '/docs', 'GET, HEAD'],
  ])('is 405 with the methods of the path: %s %s', (method, target, allow) => {
    const error = noRouteError(method, target, known);
    expect(error).toMatchObject({ code: 'method_not_allowed', status: 405 });
    expect(error.type).toBe('bad_request_error');
    expect(errorHeadersOf(error, null)).toMatchObject({ allow });
    expect(error.message).toContain(allow);
  });

  it.each([
    ['POST', '/v1/assistants'],
    ['POST', '/assistants'],
    ['POST', '/v1/skills'],
    ['POST', '/model/new'],
    ['DELETE', '/v1/skills/skill_1'],
    ['POST', '/v1/videos'],
    ['GET', '/videos/video_1/content'],
    ['POST', '/utils/token_counter'],
    ['POST', '/utils/transform_request'],
    ['GET', '/health/history'],
    ['GET', '/health/latest'],
    ['GET', '/v1/model/deprecations'],
    ['GET', '/global/predict/spend/logs'],
  ])('is 404 that says that LiteLLM has the route: %s %s', (method, target) => {
    const error = noRouteError(method, target, known);
    expect(error).toMatchObject({ code: 'not_found', status: 404 });
    expect(error.message).toContain(`${method} ${target} is not a route of this gateway`);
    expect(error.message).toContain('LiteLLM has this route; it is not built here yet.');
  });

  it.each([
    ['POST', '/v1beta/models/gemini-2.5-pro:embedContent'],
    ['POST', '/v1beta/models/tuned/a:batchEmbedContents'],
    ['POST', '/v1/models/imagen:predict'],
    ['POST', '/v1/responses/input_tokens'],
    ['PUT', '/responses/input_tokens'],
  ])('is 404 where an operation has the place of an id: %s %s', (method, target) => {
    expect(noRouteError(method, target, known)).toMatchObject({ code: 'not_found', status: 404 });
  });

  it.each([
    ['DELETE', '/v1beta/models/gemini:generateContent'],
    ['PUT', '/v1/responses/compact'],
    ['POST', '/v1/models/llama3:latest'],
    ['POST', '/v1/responses/resp_1'],
  ])('is 405 where the path is served for another method: %s %s', (method, target) => {
    expect(noRouteError(method, target, known)).toMatchObject({ status: 405 });
  });

  it.each([
    ['/v1/chat/completion', '/v1/chat/completions'],
    ['/v1/chat-completions', '/v1/chat/completions'],
    ['/v1/Models', '/v1/models'],
    ['/helth/readiness', '/health/readiness'],
    ['/doc', '/docs'],
    ['/team/neww', '/team/new'],
    ['/user/infoo', '/user/info'],
    ['/key/generat', '/key/generate'],
    ['/V1/Models', '/v1/models'],
    ['/something/else', null],
    ['/x', null],
    ['/v', null],
    ['/a/', null],
  ])('is 404 that names %s and suggests %s', (path, near) => {
    const error = noRouteError('POST', path, known);
    expect(error).toMatchObject({ code: 'not_found', status: 404 });
    expect(error.message).toContain(`POST ${path} `);
    if (near === null) expect(error.message).not.toContain('Did you mean');
    else expect(error.message).toContain(`Did you mean ${near}?`);
    expect(error.message).not.toContain('LiteLLM');
  });

  it('shows neither a key, a token nor a query', () => {
    const target = '/v1/x/sk-secret/eyJhbGciOi?key=hidden';
    expect(noRouteError('GET', target, known).message).not.toMatch(/secret|hbGci|hidden/);
  });
});
