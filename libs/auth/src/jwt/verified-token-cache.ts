import { LRUCache } from 'lru-cache';
import { expiryBy, ttlUntil, type Clock, type ErrorCode } from '#libs/common';
import type { SignedClaims } from './registered-claims.js';
import type { ProvenKey } from './signature.js';
import type { TokenProblem } from '../failures/token-error.js';

/** That the signature over exactly these bytes was good. No decision: every use evaluates again. */
export interface VerifiedSignature {
  readonly token: SignedClaims;
  readonly key: ProvenKey;
}

/** That a token was refused for a reason that holds as long as the keys are the same. */
export interface RejectedSignature extends TokenProblem {
  readonly code: ErrorCode;
}

const MAX_PROOFS = 20_000;
/** Bytes of tokens, which the claims of the entries grow with. */
const MAX_PROOF_BYTES = 32 * 1024 * 1024;
const MAX_DISPROOFS = 2_000;
/** Longest use of one verified signature: bounds what a lost event could do. */
export const PROOF_TTL_MS = 300_000;
const DISPROOF_TTL_MS = 5_000;

/**
 * Remembers verified signatures by the SHA-256 of the whole token, so that no bearer secret is a
 * key in memory, and refused ones separately and for seconds, so that a flood of bad tokens cannot
 * displace good ones. Bounded by count and bytes.
 */
export class VerifiedTokenCache {
  private readonly verified: LRUCache<string, VerifiedSignature>;
  private readonly rejected: LRUCache<string, RejectedSignature>;

  constructor(private readonly clock: Clock) {
    const expiry = expiryBy(clock);
    this.verified = new LRUCache({ ...expiry, max: MAX_PROOFS, maxSize: MAX_PROOF_BYTES });
    this.rejected = new LRUCache({ ...expiry, max: MAX_DISPROOFS });
  }

  /**
   * The proof for a token, `null` when there is none or its time is over.
   * @param digest SHA-256 of the token
   */
  proof(digest: string): VerifiedSignature | null {
    return this.verified.get(digest) ?? null;
  }

  /**
   * The remembered refusal of a token, or `null`.
   * @param digest SHA-256 of the token and the generations of the keys that it was tried with
   */
  disproof(digest: string): RejectedSignature | null {
    return this.rejected.get(digest) ?? null;
  }

  /**
   * Remembers a proof for five minutes at most, and not beyond the token's expiry.
   * @param digest SHA-256 of the token
   * @param bytes size of the token
   */
  addProof(digest: string, proof: VerifiedSignature, bytes: number): void {
    const { exp } = proof.token.claims;
    const nowMs = this.clock.nowMs();
    const expiryMs = typeof exp === 'number' ? exp * 1000 : Infinity;
    const ttl = ttlUntil(Math.min(nowMs + PROOF_TTL_MS, expiryMs), nowMs);
    if (ttl !== null) this.verified.set(digest, proof, { ttl, size: Math.max(bytes, 1) });
  }

  /**
   * Remembers a refusal for a few seconds.
   * @param digest SHA-256 of the token and the generations of the keys that it was tried with
   * @param disproof why it was refused
   */
  addDisproof(digest: string, disproof: RejectedSignature): void {
    this.rejected.set(digest, disproof, { ttl: DISPROOF_TTL_MS - 1 });
  }

  /**
   * Drops one proof, for a key that is no longer published.
   * @param digest SHA-256 of the token
   */
  dropProof(digest: string): void {
    this.verified.delete(digest);
  }

  /** How many proofs and refusals are remembered. */
  get size(): number {
    return this.verified.size + this.rejected.size;
  }
}
