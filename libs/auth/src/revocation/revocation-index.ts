import type { Principal } from '#libs/access';
import {
  targetKey,
  type Revocation,
  type RevocationKind,
  type RevocationTarget,
} from './revocation.js';

/**
 * Holds revocations by their targets, so that a principal is compared with all of them in a handful
 * of look-ups. The look-up uses the claims of a token, never its spelling: a variant of a revoked
 * token is revoked too (threat J12).
 */
export class RevocationIndex {
  private readonly byTarget = new Map<string, Revocation>();
  private readonly targets = new Map<string, string>();

  /** How many there are. */
  get size(): number {
    return this.targets.size;
  }

  /** Forgets all of them. */
  clear(): void {
    this.byTarget.clear();
    this.targets.clear();
  }

  /** Adds one, or replaces the one of the same target. */
  put(revocation: Revocation): void {
    const key = targetKey(revocation);
    this.byTarget.set(key, revocation);
    this.targets.set(revocation.revocationId, key);
  }

  /** Takes one out; does nothing where there is none. */
  remove(revocationId: string): void {
    const key = this.targets.get(revocationId);
    if (key === undefined) return;
    this.targets.delete(revocationId);
    this.byTarget.delete(key);
  }

  /** Takes out those that no longer hold. */
  prune(nowMs: number): void {
    for (const revocation of this.byTarget.values()) {
      if (!holds(revocation, nowMs)) this.remove(revocation.revocationId);
    }
  }

  /** A revocation that takes a caller's credential back, `null` when there is none. */
  find(principal: Principal, nowMs: number): Revocation | null {
    if (this.size === 0) return null;
    for (const target of targetsOf(principal)) {
      const revocation = this.byTarget.get(targetKey(target));
      if (revocation === undefined || !holds(revocation, nowMs)) continue;
      if (isIssuedInTime(principal, revocation)) return revocation;
    }
    return null;
  }
}

/**
 * Only an `issued_before` for every issuer applies to a token without an issuer: its other ids have
 * no namespace.
 */
function targetsOf(principal: Principal): readonly RevocationTarget[] {
  const { issuer, subject, tokenId, sessionId, clientIds } = principal;
  const everyone: RevocationTarget = { kind: 'issued_before', issuer: null, value: null };
  if (issuer === null) return [everyone];
  const named: readonly (readonly [RevocationKind, string | null])[] = [
    ['token', tokenId],
    ['session', sessionId],
    ['subject', subject],
    ...clientIds.map((id) => ['client', id] as const),
    ['issued_before', subject],
    ['sessionless', sessionId === null ? subject : null],
  ];
  return [
    ...named.flatMap(([kind, value]) => (value === null ? [] : [{ kind, issuer, value }])),
    { kind: 'issued_before', issuer, value: null },
    everyone,
  ];
}

function holds({ expiresAtMs }: Revocation, nowMs: number): boolean {
  return expiresAtMs === null || nowMs < expiresAtMs;
}

/**
 * A token without a time of issue cannot show that it is new enough, so it counts as old. The
 * exception is a logout for an opaque token: the provider is called about that token and considers
 * its own logouts.
 */
function isIssuedInTime(principal: Principal, revocation: Revocation): boolean {
  const { issuedBeforeMs, source } = revocation;
  if (issuedBeforeMs === null) return true;
  if (principal.issuedAt === null) return principal.kind === 'jwt' || source === 'admin';
  const isEarlier = principal.issuedAt * 1_000 < issuedBeforeMs;
  if (!isEarlier || source !== 'logout') return isEarlier;
  return principal.outlivedLogoutMs !== issuedBeforeMs && !isOfNewLogin(principal, issuedBeforeMs);
}

/**
 * Tells whether a token and a logout that refuses it are of one second, so that another token of the same login
 * may be accepted: one that is issued a second later, or one with `auth_time`.
 * @param principal the caller that the revocation refuses
 */
export function isOfLogoutSecond(
  { issuedAt }: Pick<Principal, 'issuedAt'>,
  { issuedBeforeMs, source }: Revocation,
): boolean {
  if (source !== 'logout' || issuedBeforeMs === null || issuedAt === null) return false;
  return issuedAt * 1_000 >= secondOfLogout(issuedBeforeMs);
}

/** The start of the second in which a logout happened: what it ends was issued up to the end of it, or up to a moment in it. */
function secondOfLogout(issuedBeforeMs: number): number {
  return Math.floor((issuedBeforeMs - 1) / 1_000) * 1_000;
}

/**
 * Tells whether a token comes from a login in the very second of a logout, so that it is not one that the logout ended.
 * Times have seconds, so `iat` alone cannot tell. `auth_time` can: a token that was issued before the logout comes from
 * a login of an earlier second, unless the user logged in and out within one second (ADR 0014).
 */
function isOfNewLogin({ issuedAt, authenticatedAt }: Principal, issuedBeforeMs: number): boolean {
  if (issuedAt === null || authenticatedAt === null) return false;
  const secondOfLogoutMs = secondOfLogout(issuedBeforeMs);
  return [issuedAt, authenticatedAt].every((time) => time * 1_000 >= secondOfLogoutMs);
}
