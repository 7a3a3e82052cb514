/** The identity that an account is bound to. */
interface AccountBinding {
  /** `null` while no token has used the account. */
  readonly boundIssuer: string | null;
  /** `null` while no token of the issuer has used the account since an administrator named the issuer alone. */
  readonly boundSubject: string | null;
}

/** Issuer and subject of a token. */
interface AccountIdentity {
  readonly issuer: string | null;
  readonly subject: string | null;
}

/**
 * Returns by what a token conflicts with the account that it names, `null` for no conflict. Within an issuer a stored
 * subject refuses every other subject, also a token without one, so that a reused user name inherits nothing. An account
 * without a stored subject is free for its issuer.
 * @param account what the account is bound to
 * @param identity issuer and subject of the token
 */
export function bindingConflict(
  { boundIssuer, boundSubject }: AccountBinding,
  { issuer, subject }: AccountIdentity,
): 'issuer' | 'subject' | null {
  if (boundIssuer === null) return null;
  if (boundIssuer !== issuer) return 'issuer';
  return boundSubject === null || boundSubject === subject ? null : 'subject';
}

/**
 * Returns true where a token leaves the binding of its account as it is: the account is bound to the token's issuer, and
 * to its subject where the token has one.
 * @param account what the account is bound to
 * @param identity issuer and subject of the token
 */
export function isBoundTo(
  { boundIssuer, boundSubject }: AccountBinding,
  { issuer, subject }: AccountIdentity,
): boolean {
  return boundIssuer === issuer && boundSubject === subject;
}
