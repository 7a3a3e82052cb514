import type { NextFunction, Request, Response } from 'express';

const METHODS = 'GET, POST, PUT, PATCH, DELETE';
const MAX_AGE_SECONDS = '600';
const HEADER_NAMES = /^[\w!#$%&'*+.^`|~-]+(?:\s*,\s*[\w!#$%&'*+.^`|~-]+)*$/;
const MAX_NAMES_LENGTH = 1_024;

/**
 * Lets pages of other origins call the gateway (Fetch standard, CORS protocol). Cookies play no part: credentials are
 * headers, which the page itself must have. A preflight of an origin that is not listed is an ordinary request.
 * @param origins origins as browsers send them, or `*`; at least one
 */
export function corsMiddleware(origins: readonly string[]) {
  const isAny = origins.includes('*');
  return (request: Request, response: Response, next: NextFunction): void => {
    const { origin } = request.headers;
    if (!isAny) response.vary('Origin');
    if (origin === undefined || !(isAny || origins.includes(origin))) {
      next();
      return;
    }
    response.setHeader('access-control-allow-origin', isAny ? '*' : origin);
    response.setHeader('access-control-expose-headers', '*');
    if (isPreflight(request)) allow(request, response);
    else next();
  };
}

function isPreflight({ method, headers }: Request): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}

/** `*` would not include `Authorization`, so the names that were asked for are repeated. */
function allow(request: Request, response: Response): void {
  const names = request.headers['access-control-request-headers'] ?? '';
  response.setHeader('access-control-allow-methods', METHODS);
  if (names.length <= MAX_NAMES_LENGTH && HEADER_NAMES.test(names))
    response.setHeader('access-control-allow-headers', names);
  response.setHeader('access-control-max-age', MAX_AGE_SECONDS);
  response.vary('Access-Control-Request-Headers');
  response.status(204).end();
}
