import type { IssuerSettings } from '#libs/config';

/**
 * Tells whether a token without `iss` belongs to the trust domain of a SPIFFE entry (JWT-SVID section 3).
 * @param iss `iss` of the token
 * @param subject `sub` of the token
 */
export function isOfTrustDomain(entry: IssuerSettings, iss: unknown, subject: unknown): boolean {
  const { issuer, preset } = entry;
  if (preset !== 'spiffe' || issuer === null || iss !== undefined) return false;
  return (
    issuer.startsWith('spiffe://') &&
    typeof subject === 'string' &&
    subject.startsWith(`${issuer}/`)
  );
}
