import type { NextFunction, Request, Response } from 'express';

/** Swagger UI sets style attributes and draws its icons from data addresses; nothing else is let in. */
const DOCUMENTATION_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** No other response is a page that loads anything but the icon. */
const STRICT_POLICY =
  "default-src 'none'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * Forbids every response to load foreign content, to run foreign scripts and to be shown in a frame. The pages at
 * `/docs` may load what the gateway itself serves.
 */
export function pagePolicyMiddleware(
  request: Request,
  response: Response,
  next: NextFunction,
): void {
  const isDocumentation = request.path === '/docs' || request.path.startsWith('/docs/');
  response.setHeader(
    'content-security-policy',
    isDocumentation ? DOCUMENTATION_POLICY : STRICT_POLICY,
  );
  response.setHeader('x-frame-options', 'DENY');
  response.setHeader('referrer-policy', 'no-referrer');
  next();
}
