import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Attribution } from '#libs/access';
import type { DeploymentSettings } from '#libs/config';
import { credentialsIn } from './credential-names.js';
import { containsOne } from './credential-parts.js';
import { NO_HEADERS, type UpstreamHeaders } from './upstream-headers.js';

/** What of a client's headers a dialect takes over. */
interface RelayingDialect {
  relayedHeaders(client: IncomingHttpHeaders, fixed: UpstreamHeaders): UpstreamHeaders;
}

/** The caller of a request, and the configured header of its credential in lower case. */
export interface SendingCaller {
  readonly attribution: Attribution;
  /** `null` for none. */
  readonly keyHeader: string | null;
}

/**
 * Returns the headers that every request to a deployment has.
 * @param deployment the upstream, whose `extra_headers` are added; the configuration refuses framing among them
 * @param credential the dialect's credential header, which nothing can replace
 * @param accept the types of responses that the operation has
 */
export function fixedHeaders(
  deployment: DeploymentSettings,
  credential: UpstreamHeaders,
  accept = 'application/json, text/event-stream',
): UpstreamHeaders {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(deployment.extraHeaders)) {
    headers[name.toLowerCase()] = value;
  }
  return {
    ...headers,
    ...credential,
    accept,
    // The usage tap reads the bytes as they come.
    'accept-encoding': 'identity',
    'content-type': 'application/json',
    'user-agent': headers['user-agent'] ?? 'gatehouse',
  };
}

/**
 * Returns the headers that go upstream. They are built anew rather than copied: of the client's own
 * only those that the dialect names (`openai-beta`, `anthropic-beta`, `anthropic-version`) and
 * `idempotency-key` are taken over, so that no credential, cookie, forwarding or hop-by-hop header
 * of a client reaches an upstream (docs/reference/http.md).
 *
 * The idempotency key is replaced by a digest of caller and key: all callers share one upstream
 * account, and two that chose the same key must not get each other's response
 * (docs/explanation/trust-model.md).
 * A value that contains a credential of the client is left out.
 * @param client the client's headers
 * @param fixed those of the deployment
 */
export function upstreamHeaders(
  client: IncomingHttpHeaders,
  fixed: UpstreamHeaders,
  { attribution, keyHeader }: SendingCaller,
  dialect: RelayingDialect,
): UpstreamHeaders {
  const relayed = dialect.relayedHeaders(client, fixed);
  const { 'idempotency-key': key } = client;
  if (relayed === NO_HEADERS && typeof key !== 'string') return fixed;
  const own = typeof key === 'string' ? { 'idempotency-key': scopedKey(key, attribution) } : {};
  return { ...own, ...fixed, ...withoutCredentials(relayed, credentialsIn(client, keyHeader)) };
}

function withoutCredentials(
  headers: UpstreamHeaders,
  credentials: readonly string[],
): UpstreamHeaders {
  const entries = Object.entries(headers).filter(([, value]) => !containsOne(value, credentials));
  return Object.fromEntries(entries);
}

/** Returns the idempotency key of a client as upstreams get it: no other caller has the same. */
export function scopedKey(key: string, caller: Attribution): string {
  const parts = [caller.issuer, caller.subject, caller.keyId, caller.userId, caller.teamId, key];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
