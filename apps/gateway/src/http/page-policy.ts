import type { ServerResponse } from 'node:http';

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

const DOCUMENTATION = /^\/docs(?:[/?#]|$)/;

/**
 * Forbids a response to load foreign content, to run foreign scripts and to be shown in a frame. The pages at
 * `/docs` may load what the gateway itself serves.
 * @param target request target as received
 */
export function setPagePolicy(target: string, response: ServerResponse): void {
  const policy = DOCUMENTATION.test(target) ? DOCUMENTATION_POLICY : STRICT_POLICY;
  response.setHeader('content-security-policy', policy);
  response.setHeader('x-frame-options', 'DENY');
  response.setHeader('referrer-policy', 'no-referrer');
}
