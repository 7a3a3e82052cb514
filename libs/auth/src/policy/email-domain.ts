import type { Principal } from '#libs/access';
import type { JwtSettings } from '#libs/config';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import type { Refusal } from '../failures/refusal.js';

/** Longest address that RFC 5321 section 4.5.3.1 lets travel. */
const MAX_ADDRESS_LENGTH = 254;

/**
 * Local part without quoting, comments, lists or routes, so that two parsers cannot read the address
 * differently.
 */
const LOCAL_PART = /^[^\s\p{Cc}"(),:;<>@[\\\]]{1,64}$/u;

/** Letters, digits and hyphens; ASCII alone, so that no look-alike folds onto an allowed letter. */
const DOMAIN_LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/** The settings that this policy reads. */
export type EmailPolicy = Pick<JwtSettings, 'allowedEmailDomains' | 'requireVerifiedEmail'>;

/**
 * Evaluates the email address of a token (docs/how-to/restrict-by-email-domain.md). Its domain must
 * equal an allowed one, letters compared ASCII case-insensitively; a sub-domain is another domain.
 * The rule includes the tokens of administrators. Where verification is required, a token with
 * `email_verified: false` is refused and one without the claim is not.
 * @param policy the allowed domains, `null` for every domain
 * @returns `null` when the address is acceptable
 */
export function evaluateEmail(
  principal: Pick<Principal, 'email' | 'emailVerified'>,
  policy: EmailPolicy,
): Refusal | null {
  const { allowedEmailDomains: allowed, requireVerifiedEmail } = policy;
  if (allowed !== null) {
    const domain = principal.email === null ? null : emailDomainOf(principal.email);
    if (domain === null || !allowed.includes(domain)) {
      return {
        code: 'email_domain_not_allowed',
        detail: describeDomainProblem(principal.email, domain),
        isLogged: true,
        configKey: CONFIG_KEYS.emailDomain,
      };
    }
  }
  if (requireVerifiedEmail && principal.email !== null && principal.emailVerified === false) {
    return {
      code: 'email_not_verified',
      detail: 'the token says that its email address is not verified',
      isLogged: true,
      configKey: CONFIG_KEYS.verifiedEmail,
    };
  }
  return null;
}

/**
 * Returns the domain of exactly one plain address, in lower case. `null` for any other string: a bare
 * domain, two addresses, a display name, a quoted local part, a domain literal, a trailing dot.
 * @param address the email claim, unchanged
 */
export function emailDomainOf(address: string): string | null {
  if (address.length > MAX_ADDRESS_LENGTH) return null;
  const at = address.indexOf('@');
  if (at === -1 || !LOCAL_PART.test(address.slice(0, at))) return null;
  const domain = address.slice(at + 1);
  return domain.split('.').every((label) => DOMAIN_LABEL.test(label)) ? domain.toLowerCase() : null;
}

function describeDomainProblem(email: string | null, domain: string | null): string {
  if (email === null) return 'the token carries no email address';
  if (domain === null) return 'the email claim is not one plain address';
  return 'the domain of the email address is not among the allowed ones';
}
