import type { IncomingHttpHeaders } from 'node:http';

/** Begins the subprotocol in which a browser sends its credential. */
export const KEY_PROTOCOL = 'openai-insecure-api-key.';
/** Begins the one in which it sends `openai-beta`. */
const BETA_PROTOCOL = 'openai-beta.';

const NOT_OF_SOCKETS: ReadonlySet<string> = new Set(['idempotency-key', 'sec-websocket-protocol']);

/** Returns the subprotocols that a client offers. */
export function protocolsIn({
  'sec-websocket-protocol': offered = '',
}: IncomingHttpHeaders): readonly string[] {
  return offered
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/**
 * Returns the headers of a client as one that can set headers would have sent them. Browsers name subprotocols instead, of which none
 * goes upstream: one may be the credential.
 */
export function withoutProtocols(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = protocolsIn(headers);
  const valueOf = (prefix: string): string | undefined =>
    named.find((name) => name.startsWith(prefix))?.slice(prefix.length);
  const key = valueOf(KEY_PROTOCOL);
  const beta = valueOf(BETA_PROTOCOL)?.replace(/^realtime-/, 'realtime=');
  const own = Object.entries(headers).filter(([name]) => !NOT_OF_SOCKETS.has(name));
  return {
    ...(beta === undefined ? {} : { 'openai-beta': beta }),
    ...Object.fromEntries(own),
    ...(key === undefined ? {} : { 'x-api-key': key }),
  };
}
