/** Why the TLS certificate of another server is not accepted. */
export type CertificateFault =
  'self-signed' | 'unknown authority' | 'another host' | 'expired' | 'not yet valid' | 'revoked';

/** By the codes of OpenSSL and Node (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
const FAULTS: ReadonlyMap<unknown, CertificateFault> = new Map<unknown, CertificateFault>([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'unknown authority'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'unknown authority'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'unknown authority'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unknown authority'],
  ['CERT_UNTRUSTED', 'unknown authority'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'another host'],
  ['HOSTNAME_MISMATCH', 'another host'],
  ['CERT_HAS_EXPIRED', 'expired'],
  ['CERT_NOT_YET_VALID', 'not yet valid'],
  ['CERT_REVOKED', 'revoked'],
]);

/** Every code that {@link certificateFaultOf} knows. */
export const CERTIFICATE_CODES: readonly unknown[] = [...FAULTS.keys()];

/**
 * Returns what is wrong with a certificate, or `null` where the code says nothing about one.
 * @param code `code` of an error
 */
export function certificateFaultOf(code: unknown): CertificateFault | null {
  return FAULTS.get(code) ?? null;
}
