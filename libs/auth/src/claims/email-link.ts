import type { JwtSettings } from '#libs/config';

/**
 * Returns true if a verified email address in the tokens of an issuer may select an account. It is
 * off by default (`docs/how-to/restrict-by-email-domain.md`): a provider may give an address to
 * another user, and several providers may verify the same address.
 * @param issuer `iss` of the token; `null` if it has none
 */
export function mayLinkByEmail(
  issuer: string | null,
  { linkByEmail }: Pick<JwtSettings, 'linkByEmail'>,
): boolean {
  if (linkByEmail === null) return false;
  return linkByEmail === 'all' || (issuer !== null && linkByEmail.includes(issuer));
}
