import type { ClaimField } from '#libs/config';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import { inLowerCase, readFirst } from './claim-field.js';
import { readClaim } from '../matching/claim-path.js';
import { readSoftly, SEVERAL_VALUES, soleMember } from './single-claim.js';

type Claims = Readonly<Record<string, unknown>>;

/** An email address and whether the issuer vouches for it. */
export interface EmailClaim {
  readonly email: string | null;
  /** Whether the issuer vouches for this address; `null` if the token does not say. */
  readonly isVerified: boolean | null;
}

/** What is known of an address besides the token. */
export interface EmailSource {
  readonly configKey?: string;
  readonly isTrusted?: boolean;
}

const VERIFIED = 'email_verified';
/** Paths that end in a member `email`; what is before it is where that member stands. */
const EMAIL_MEMBER = /^(|.*(?<!\\)\.)email$/s;

/**
 * Returns the email address of a token. `email_verified` applies to the member `email` beside it
 * (OIDC Core section 5.1) and to no other claim. An address from another claim, such as
 * `preferred_username` or `upn`, which the user may have chosen, is never verified, and neither is
 * one that `split`, `strip_prefix`, `regex` or `map` changed. If the issuer states that the address
 * is not verified, this applies to the address of any claim. The operator may trust an issuer whose
 * tokens have no `email_verified` (`gatehouse.jwt.trusted_email_issuers`): its member `email` is
 * then verified.
 * @throws GatehouseError `claim_ambiguous` for a list of several addresses
 */
export function readEmail(
  claims: Claims,
  field: ClaimField | null,
  { configKey = CONFIG_KEYS.userEmail, isTrusted = false }: EmailSource = {},
): EmailClaim {
  const email = readSoftly(claims, field, configKey);
  const found = field === null ? null : readFirst(claims, field.paths);
  if (email === null || found === null) return { email: null, isVerified: null };
  const beside = saidBeside(claims, found.path, isTrusted);
  if (beside === true && isSame(email, soleMember(found.value))) return { email, isVerified: true };
  return { email, isVerified: isDenied(claims, beside) ? false : null };
}

/** The issuer states, beside the address or at the top of the token, that it is not verified. */
function isDenied(claims: Claims, beside: boolean | null): boolean {
  return beside === false || truthOf(claims[VERIFIED]) === false;
}

/**
 * A trusted issuer vouches for a member `email` without `email_verified`; with a
 * malformed `email_verified` it does not.
 */
function saidBeside(claims: Claims, path: string, isTrusted: boolean): boolean | null {
  const place = EMAIL_MEMBER.exec(path)?.[1];
  if (place === undefined) return null;
  const said = readClaim(claims, `${place}${VERIFIED}`);
  const isSilent = said === undefined && claims[VERIFIED] === undefined;
  return isSilent && isTrusted ? true : truthOf(said);
}

/** Two addresses that differ only in letter case belong to one user. */
function isSame(email: string, claim: unknown): boolean {
  return email === claim || (typeof claim === 'string' && email === inLowerCase(claim));
}

/**
 * Some providers send the boolean as a string or as a list with one entry; several values do not
 * verify the address.
 */
function truthOf(claim: unknown): boolean | null {
  const value = soleMember(claim);
  if (value === SEVERAL_VALUES) return false;
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  return null;
}
