import type { JwtSettings } from '#libs/config';

/**
 * Tells whether a verified email address of an issuer's token may stand for an account (decision 2.15). Only where the
 * operator says so: an address is its provider's to give away again, and another provider may verify the same one.
 * @param issuer whose token it is; `null` where the token does not say
 * @param settings for which issuers it is switched on
 */
export function mayLinkByEmail(
  issuer: string | null,
  { linkByEmail }: Pick<JwtSettings, 'linkByEmail'>,
): boolean {
  if (linkByEmail === null) return false;
  return linkByEmail === 'all' || (issuer !== null && linkByEmail.includes(issuer));
}
