const OWN_CA = 'name the file of your CA in NODE_EXTRA_CA_CERTS';

const SELF_SIGNED = `its TLS certificate is self-signed: ${OWN_CA}, or that certificate itself`;
const UNKNOWN_CA = `its TLS certificate comes from a CA that is not trusted here: ${OWN_CA}`;
const WRONG_HOST =
  'its TLS certificate is for another host name: use the name that the certificate has';
const NOT_TLS = 'it does not speak TLS there: the address may need another port';
const UNRESOLVED = 'its host name cannot be resolved';

/** By the codes of OpenSSL and Node (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
const PROBLEMS: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', SELF_SIGNED],
  ['SELF_SIGNED_CERT_IN_CHAIN', UNKNOWN_CA],
  ['UNABLE_TO_GET_ISSUER_CERT', UNKNOWN_CA],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', UNKNOWN_CA],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', UNKNOWN_CA],
  ['CERT_UNTRUSTED', UNKNOWN_CA],
  ['CERT_HAS_EXPIRED', 'its TLS certificate has expired: renew it'],
  ['CERT_NOT_YET_VALID', 'its TLS certificate is not valid yet: compare the clocks'],
  ['CERT_REVOKED', 'its TLS certificate is revoked: replace it'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', WRONG_HOST],
  ['HOSTNAME_MISMATCH', WRONG_HOST],
  ['EPROTO', NOT_TLS],
  ['ERR_SSL_WRONG_VERSION_NUMBER', NOT_TLS],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', NOT_TLS],
  ['ENOTFOUND', UNRESOLVED],
  ['EAI_AGAIN', UNRESOLVED],
  ['ECONNREFUSED', 'the connection is refused'],
  ['ECONNRESET', 'the connection is closed'],
  ['UND_ERR_SOCKET', 'the connection is closed'],
]);

/** As deep as libraries nest errors; an error may be its own cause. */
const MAX_DEPTH = 5;

/**
 * Returns why a provider cannot be reached, in words and with what to do about a certificate. An error that is not known
 * is `it cannot be reached` alone: a library's message may quote what the other side sent.
 * @param error what the HTTP client threw; its causes and collected errors are looked at too
 */
export function connectionProblem(error: unknown): string {
  const reason = reasonOf(error, MAX_DEPTH);
  return reason === null ? 'it cannot be reached' : `it cannot be reached: ${reason}`;
}

function reasonOf(error: unknown, depth: number): string | null {
  if (depth === 0 || typeof error !== 'object' || error === null) return null;
  const { code, cause, errors } = error as Readonly<Record<string, unknown>>;
  const known = PROBLEMS.get(code);
  if (known !== undefined) return known;
  const collected: readonly unknown[] = Array.isArray(errors) ? errors : [];
  for (const inner of [cause, ...collected]) {
    const found = reasonOf(inner, depth - 1);
    if (found !== null) return found;
  }
  return null;
}
