import { aRoute } from '#support/a-route';
import { isPublicRoute } from './granted-routes.js';

const isOpen = (publicRoutes: readonly string[], text: string): boolean =>
  isPublicRoute({ publicRoutes }, aRoute(text));

describe('public routes', () => {
  it.each([
    [['public_routes'], 'GET /public/model_hub', true],
    [['/metrics'], 'GET /metrics', true],
    [['/public/*'], 'GET /public/anything', true],
    [['/public/*'], 'GET /public', false],
    [['GET /team/info'], 'POST /team/info', false],
    [['info_routes'], 'GET /v1/models', true],
    [[], 'GET /metrics', false],
  ])('%j open %s: %s', (list, text, expected) => {
    expect(isOpen(list, text)).toBe(expected);
  });

  it.each([
    [['/chat/completions'], true],
    [['/v1/chat/completions'], true],
    [['POST /v1/chat/completions'], true],
    [['/engines/{model}/chat/completions'], true],
    [['openai_routes'], false],
    [['llm_api_routes'], false],
    [['*'], false],
    [['/v1/*'], false],
    [['/{everything:path}'], false],
    [['*', '/embeddings'], false],
  ])('%j open what spends money only by naming it: %s', (list, expected) => {
    expect(isOpen(list, 'POST /v1/chat/completions')).toBe(expected);
  });
});
