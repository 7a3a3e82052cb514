import type { Principal } from '#libs/access';

/**
 * Returns the identity that the account of a caller is bound to and compared with (ADR 0007): issuer and subject of the
 * token, for an issuer with a template (`principal`) the issuer and the id that the template makes.
 */
export function accountIdentityOf({
  issuer,
  subject,
  accountSubject = subject,
}: Pick<Principal, 'issuer' | 'subject' | 'accountSubject'>): Pick<
  Principal,
  'issuer' | 'subject'
> {
  return { issuer, subject: accountSubject };
}
