import type { IncomingHttpHeaders } from 'node:http';

const VISIBLE = /^[\x20-\x7e]{1,1024}$/;

/**
 * Headers of an upstream's response that a client may see. An allow-list: cookies, credentials, the
 * account's organisation, server names and all framing headers are dropped. So is `retry-after`, so
 * that its presence always means a limit of the gateway (docs/reference/http.md).
 */
const RELAYED: readonly string[] = [
  'content-type',
  'content-language',
  'openai-processing-ms',
  'openai-version',
  'x-should-retry',
  'x-ratelimit-limit-requests',
  'x-ratelimit-limit-tokens',
  'x-ratelimit-remaining-requests',
  'x-ratelimit-remaining-tokens',
  'x-ratelimit-reset-requests',
  'x-ratelimit-reset-tokens',
];

/**
 * The upstream's headers that go to the client.
 * @param headers as received from the upstream
 */
export function relayedHeaders(headers: IncomingHttpHeaders): [name: string, value: string][] {
  const named = new Set(namesInConnection(headers));
  return RELAYED.flatMap((name): [string, string][] => {
    const value = headers[name];
    return typeof value === 'string' && VISIBLE.test(value) && !named.has(name)
      ? [[name, value]]
      : [];
  });
}

/**
 * Tells whether an answer is an event stream.
 * @param headers as received from the upstream
 */
export function isEventStream(headers: IncomingHttpHeaders): boolean {
  return /^\s*text\/event-stream\s*(;|$)/i.test(headers['content-type'] ?? '');
}

/** Types that say nothing of the form of a body: some servers send JSON as `text/plain`. */
const FORMLESS_TYPES: ReadonlySet<string> = new Set(['', 'text/plain', 'application/octet-stream']);

/**
 * Returns true when the content type is JSON (RFC 6839, 3.1), an event stream, absent or one that does not tell.
 * @param headers as received from the upstream
 */
export function mayHoldCompletion(headers: IncomingHttpHeaders): boolean {
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  const name = type.trim().toLowerCase();
  return (
    FORMLESS_TYPES.has(name) || isEventStream(headers) || /^[^/]+\/(?:[^/]+\+)?json$/.test(name)
  );
}

/**
 * Returns true for the statuses of success, 200 to 299.
 * @param status as received from the upstream
 */
export function isSuccessStatus(status: number): boolean {
  return status >= 200 && status < 300;
}

/** What `Connection` names belongs to that connection alone (RFC 9110, section 7.6.1). */
function namesInConnection({ connection }: IncomingHttpHeaders): string[] {
  return (connection ?? '').split(',').map((name) => name.trim().toLowerCase());
}
