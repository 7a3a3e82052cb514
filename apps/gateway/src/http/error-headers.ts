import type { GatehouseError } from '#libs/common';

/** Scopes that can stand in a challenge (RFC 6749 section 3.3). */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** Tells whether the headers of an error have a challenge: where another credential, or one with more scopes, is asked for. */
export function isChallenge({ status, code }: GatehouseError): boolean {
  return status === 401 || code === 'scope_insufficient';
}

/**
 * Returns the headers of an error: the side that failed, when to try again and the methods of the
 * path; for 401 and for a missing scope also the challenge of RFC 6750 section 3, which points to
 * the protected resource metadata (RFC 9728 section 5.1).
 * @param metadataAddress of the protected resource metadata; `null` leaves it out
 */
export function errorHeadersOf(
  error: GatehouseError,
  metadataAddress: string | null,
): Readonly<Record<string, string>> {
  return {
    ...error.headers,
    'x-gatehouse-error-source': 'gateway',
    ...(isChallenge(error) ? { 'www-authenticate': challengeOf(error, metadataAddress) } : {}),
    ...(error.allowedMethods.length === 0 ? {} : { allow: error.allowedMethods.join(', ') }),
    ...(error.retryAfterSeconds === null
      ? {}
      : { 'retry-after': String(Math.max(1, Math.ceil(error.retryAfterSeconds))) }),
  };
}

function challengeOf(error: GatehouseError, metadataAddress: string | null): string {
  const word = error.status === 401 ? 'invalid_token' : 'insufficient_scope';
  const scopes = error.scopes.filter((scope) => SCOPE.test(scope));
  const parameters = [
    // The word is left out when no credential was sent at all.
    ...(error.code === 'credential_missing' ? [] : [`error="${word}"`]),
    ...(scopes.length === 0 ? [] : [`scope="${scopes.join(' ')}"`]),
    ...(metadataAddress === null ? [] : [`resource_metadata="${metadataAddress}"`]),
  ];
  return ['Bearer', parameters.join(', ')].filter((part) => part !== '').join(' ');
}
