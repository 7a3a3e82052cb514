import { certificateFaultOf, type CertificateFault } from '#libs/common';

const OWN_CA = 'name the file of your CA in NODE_EXTRA_CA_CERTS';

const NOT_TLS = 'it does not speak TLS there: the address may need another port';
const UNRESOLVED = 'its host name cannot be resolved';

const CERTIFICATES: Readonly<Record<CertificateFault, string>> = {
  'self-signed': `its TLS certificate is self-signed: ${OWN_CA}, or that certificate itself`,
  'unknown authority': `its TLS certificate comes from a CA that is not trusted here: ${OWN_CA}`,
  'another host':
    'its TLS certificate is for another host name: use the name that the certificate has',
  expired: 'its TLS certificate has expired: renew it',
  'not yet valid': 'its TLS certificate is not valid yet: compare the clocks',
  revoked: 'its TLS certificate is revoked: replace it',
};

/** By the other codes of Node and undici. */
const PROBLEMS: ReadonlyMap<unknown, string> = new Map<unknown, string>([
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
  const known = knownReason(code);
  if (known !== null) return known;
  const collected: readonly unknown[] = Array.isArray(errors) ? errors : [];
  for (const inner of [cause, ...collected]) {
    const found = reasonOf(inner, depth - 1);
    if (found !== null) return found;
  }
  return null;
}

function knownReason(code: unknown): string | null {
  const fault = certificateFaultOf(code);
  return fault === null ? (PROBLEMS.get(code) ?? null) : CERTIFICATES[fault];
}
