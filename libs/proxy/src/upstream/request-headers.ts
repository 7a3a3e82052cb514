import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Attribution } from '#libs/access';
import type { DeploymentSettings } from '#libs/config';

const VISIBLE = /^[\x20-\x7e]{1,1024}$/;

/** Headers that every request to a deployment has. */
export type FixedHeaders = Readonly<Record<string, string>>;

/**
 * Returns the headers that every request to a deployment has.
 * @param deployment the upstream, whose `extra_headers` are added; the configuration refuses framing among them
 * @param credential the dialect's credential header, which nothing can replace
 * @param accept the types of responses that the operation has
 */
export function fixedHeaders(
  deployment: DeploymentSettings,
  credential: Readonly<Record<string, string>>,
  accept = 'application/json, text/event-stream',
): FixedHeaders {
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
 * only `openai-beta` and `idempotency-key` are taken over, so that no credential, cookie,
 * forwarding or hop-by-hop header of a client reaches an upstream (docs/reference/http.md).
 *
 * The idempotency key is replaced by a digest of caller and key: all callers share one upstream
 * account, and two that chose the same key must not get each other's response
 * (docs/explanation/trust-model.md).
 * @param client the client's headers
 * @param fixed those of the deployment, which nothing can replace
 */
export function upstreamHeaders(
  client: IncomingHttpHeaders,
  fixed: FixedHeaders,
  attribution: Attribution,
): FixedHeaders {
  const { 'openai-beta': beta, 'idempotency-key': idempotencyKey } = client;
  if (beta === undefined && idempotencyKey === undefined) return fixed;
  const headers: Record<string, string> = {};
  if (typeof beta === 'string' && VISIBLE.test(beta)) headers['openai-beta'] = beta;
  if (typeof idempotencyKey === 'string') {
    headers['idempotency-key'] = scopedKey(idempotencyKey, attribution);
  }
  return { ...headers, ...fixed };
}

function scopedKey(key: string, caller: Attribution): string {
  const parts = [caller.issuer, caller.subject, caller.keyId, caller.userId, caller.teamId, key];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
