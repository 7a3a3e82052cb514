import { requestedRoute } from '#libs/access';
import { requireEvaluatedHandler } from './handler-route.js';

describe('a path that the router matches and the catalogue of routes does not', () => {
  it.each([
    ['GET', '/V1/Models', '/v1/models'],
    ['GET', '/Team/Info', '/team/info'],
    ['POST', '/v1/Chat/completions', '/v1/chat/completions'],
  ])('is named in the refusal: %s %s', (method, path, template) => {
    expect(() => {
      requireEvaluatedHandler(template, requestedRoute(method, path), false);
    }).toThrow(`${method} ${path} is not a route of this gateway in this spelling.`);
    expect(() => {
      requireEvaluatedHandler(template, requestedRoute(method, template), false);
    }).not.toThrow();
  });
});
