import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { getCACertificates } from 'node:tls';
import type { ConfigProblem, NetworkSettings, SettingsCheck } from '#libs/config';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const REMEDY = 'Write the path of a PEM file with the certificates of the authorities to trust.';

/**
 * Returns the certificate authorities to trust in PEM form: those of the configured file and of `NODE_EXTRA_CA_CERTS`.
 * Undefined without a file: Node.js then trusts its own list.
 * @throws Error when the file cannot be read
 */
export function trustedAuthorities({ certificates }: NetworkSettings): string[] | undefined {
  if (certificates === null) return undefined;
  const configured = readFileSync(certificates.path, 'utf8').match(CERTIFICATE) ?? [];
  return [...configured, ...getCACertificates('extra')];
}

/** Returns why the configured file of certificate authorities cannot be used. */
export const certificateProblems: SettingsCheck = ({ network }) => {
  const { certificates } = network;
  if (certificates === null) return [];
  const problem = (message: string): ConfigProblem[] => [
    { path: certificates.configKey, message, remedy: REMEDY },
  ];
  let found: readonly string[];
  try {
    found = readFileSync(certificates.path, 'utf8').match(CERTIFICATE) ?? [];
  } catch {
    return problem('names a file that cannot be read');
  }
  if (found.length === 0) return problem('names a file without a certificate in PEM form');
  return found.every(isCertificate)
    ? []
    : problem('names a file with a certificate that is damaged');
};

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
