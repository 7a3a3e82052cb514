import type { AudienceRule } from '#libs/config';
import { matchesPlainGlob } from '../matching/glob.js';

/**
 * Returns true if a token is meant for this gateway: one of its audiences is an accepted value,
 * matches a pattern, or is an address at or below an accepted host (RFC 7519 section 4.1.3). A list
 * with an entry that is not a string matches nothing.
 */
export function isForUs(aud: unknown, rule: AudienceRule): boolean {
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!audiences.every((entry) => typeof entry === 'string')) return false;
  return audiences.some(
    (entry) =>
      rule.values.includes(entry) ||
      rule.patterns.some((pattern) => matchesPlainGlob(pattern, entry)) ||
      rule.domains.some((domain) => isAtOrBelow(entry, domain)),
  );
}

function isAtOrBelow(audience: string, domain: string): boolean {
  if (!URL.canParse(audience)) return false;
  const { hostname, username, password } = new URL(audience);
  if (username !== '' || password !== '') return false;
  return hostname === domain || hostname.endsWith(`.${domain}`);
}
