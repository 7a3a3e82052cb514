import { hash } from 'node:crypto';

/** Kinds that an administrator may revoke by. */
export const REQUESTED_KINDS = ['token', 'subject', 'session', 'client', 'issued_before'] as const;

/**
 * Every kind. `sessionless` comes from logouts alone: the tokens of a subject that name no session
 * and were issued up to the logout. They may belong to any of its sessions.
 */
export const REVOCATION_KINDS = [...REQUESTED_KINDS, 'sessionless'] as const;

/** One kind of revocation. */
export type RevocationKind = (typeof REVOCATION_KINDS)[number];

/** Who asked for a revocation: an administrator, or an identity provider that ended a session. */
export type RevocationSource = 'admin' | 'logout';

/** Which tokens a revocation is about. There is one revocation per target. */
export interface RevocationTarget {
  readonly kind: RevocationKind;
  /** `iss` of the tokens; `null`, with `issued_before` alone, is every issuer. */
  readonly issuer: string | null;
  /**
   * `jti`, `sub`, `sid` or a client id of the tokens, by the kind; the subject for `sessionless` and `issued_before`,
   * where `null` is every subject.
   */
  readonly value: string | null;
}

/** A revocation as requests are compared with it. */
export interface Revocation extends RevocationTarget {
  readonly revocationId: string;
  /** Tokens issued before this time are meant, in milliseconds since the Unix epoch; `null` for every token. */
  readonly issuedBeforeMs: number | null;
  /** When it ceases to hold, in milliseconds since the Unix epoch; `null` never. */
  readonly expiresAtMs: number | null;
  readonly source: RevocationSource;
}

/** The text by which a target is found. */
export function targetKey({ kind, issuer, value }: RevocationTarget): string {
  return JSON.stringify([kind, issuer, value]);
}

/**
 * The id of the one revocation of a target, so that revoking twice is revoking once: `rev_` and 32 hexadecimal digits
 * that tell nothing about the target.
 */
export function revocationIdOf(target: RevocationTarget): string {
  return `rev_${hash('sha256', targetKey(target)).slice(0, 32)}`;
}
