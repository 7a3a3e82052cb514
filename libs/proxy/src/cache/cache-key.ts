import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { AccessContext, Attribution, CredentialKind } from '#libs/access';
import type { CacheScope } from '#libs/config';
import type { Operation } from '../endpoints/request/endpoint.js';
import type { RelayRequest } from '../endpoints/request/relay-request.js';
import { relayedQuery } from '../endpoints/request/relayed-query.js';

/** Changes with the form of keys and of cached responses, so that another version reads none of them. */
export const CACHE_VERSION = 1;

/** Headers of clients that reach upstreams and change responses. */
const HEADERS = ['anthropic-beta', 'anthropic-version', 'openai-beta'] as const;

/** A call, as far as it decides which cached response it may get. */
export interface KeyedCall {
  readonly access: Pick<AccessContext, 'attribution' | 'principal'>;
  readonly endpoint: Pick<Operation, 'route' | 'wire' | 'relayedQuery'>;
  readonly group: { readonly name: string };
  readonly request: Pick<RelayRequest, 'scan' | 'dropped' | 'isStream'>;
  readonly headers: IncomingHttpHeaders;
  readonly target: string;
}

/**
 * Returns the key of the response to a call: a digest of who asks and of everything that changes the response. The members of the
 * body are compared byte for byte; only the order in which they stand does not count.
 * @param namespace of the request; empty for none
 */
export function cacheKeyOf(call: KeyedCall, scope: CacheScope, namespace: string): string {
  const { access, endpoint, group, request, headers, target } = call;
  const digest = createHash('sha256');
  digest.update(
    JSON.stringify([
      CACHE_VERSION,
      callersOf(access, scope),
      namespace,
      endpoint.wire ?? 'openai',
      relayedQuery(endpoint.route, { endpoint, target }),
      group.name,
      request.isStream,
      HEADERS.map((name) => headers[name] ?? null),
    ]),
  );
  const left = new Set(request.dropped).add('model');
  const members = [...request.scan.members.values()]
    .filter(({ name }) => !left.has(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { name, valueStart, end } of members) {
    // With its length, so that no value can be read as another member.
    digest.update(JSON.stringify([name, end - valueStart]));
    digest.update(request.scan.bytes.subarray(valueStart, end));
  }
  return digest.digest('hex');
}

/** The callers that share a response. Where what they would share is not known, they share less. */
function callersOf(
  { attribution, principal }: KeyedCall['access'],
  scope: CacheScope,
): readonly unknown[] {
  const { orgId, teamId } = attribution;
  if (scope === 'gateway') return ['gateway'];
  if (scope === 'organization' && orgId !== null) return ['organization', orgId];
  if (scope !== 'user' && teamId !== null) return ['team', orgId, teamId];
  return ['user', orgId, teamId, attribution.endUserId, ...userOf(attribution, principal.kind)];
}

/** The user; for a caller without one the identity of its credential. */
function userOf(
  { userId, keyId, issuer, subject }: Attribution,
  kind: CredentialKind,
): readonly unknown[] {
  return userId === null ? [null, kind, keyId, issuer, subject] : [userId];
}
