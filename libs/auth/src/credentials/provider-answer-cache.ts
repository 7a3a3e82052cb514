import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** What an endpoint concluded about one token. */
export type TokenStatus =
  | {
      readonly kind: 'active';
      /** Members of the answer, deeply frozen. */
      readonly members: Readonly<Record<string, unknown>>;
      /** Size of the answer in bytes. */
      readonly bytes: number;
    }
  | {
      readonly kind: 'refused';
      /** Why, without any value out of the answer. */
      readonly problem: string;
    };

interface Timed<T> {
  readonly value: T;
  readonly untilMs: number;
}

const MAX_ACTIVE = 20_000;
const MAX_ACTIVE_BYTES = 32 * 1024 * 1024;
const MAX_REFUSED = 2_000;
/** Seconds only: a token that is not active yet may be so soon. */
const REFUSED_TTL_MS = 5_000;

/**
 * The name under which an answer is remembered: SHA-256 over the kind of question, the endpoint, the whole token and
 * the occasion, each delimited, so that no bearer secret is a key in memory, no beginning stands for the whole (CVE-2026-35030), no
 * endpoint speaks for another, and what one kind of question accepts is not accepted for the other.
 */
export function answerDigest({
  kind,
  endpoint,
  token,
  occasion,
}: {
  readonly kind: string;
  readonly endpoint: string;
  readonly token: string;
  readonly occasion?: string;
}): string {
  return hash('sha256', JSON.stringify([kind, endpoint, token, occasion ?? null]), 'base64');
}

/**
 * Remembers what endpoints said about tokens: active ones as long as configured and never beyond their `exp`, refused
 * ones apart and for seconds, so that a flood of bad tokens cannot displace good ones. Bounded by count and bytes.
 */
export class ProviderAnswerCache {
  private readonly active = new LRUCache<string, Timed<TokenStatus>>({
    max: MAX_ACTIVE,
    maxSize: MAX_ACTIVE_BYTES,
  });
  private readonly refused = new LRUCache<string, Timed<TokenStatus>>({ max: MAX_REFUSED });

  /**
   * What is remembered, `null` when there is nothing or its time is over.
   * @param digest from {@link answerDigest}
   */
  get(digest: string, nowMs: number): TokenStatus | null {
    for (const cache of [this.active, this.refused]) {
      const entry = cache.get(digest);
      if (entry === undefined) continue;
      if (nowMs < entry.untilMs) return entry.value;
      cache.delete(digest);
    }
    return null;
  }

  /**
   * Remembers a conclusion.
   * @param digest from {@link answerDigest}
   * @param conclusion what the endpoint said
   * @param times the time, and for how long an active token is remembered at most
   */
  add(
    digest: string,
    conclusion: TokenStatus,
    times: { readonly nowMs: number; readonly ttlSeconds: number },
  ): void {
    if (conclusion.kind === 'refused') {
      this.refused.set(digest, { value: conclusion, untilMs: times.nowMs + REFUSED_TTL_MS });
      return;
    }
    const { exp } = conclusion.members;
    const expiryMs = typeof exp === 'number' ? exp * 1000 : Infinity;
    const untilMs = Math.min(times.nowMs + times.ttlSeconds * 1000, expiryMs);
    if (untilMs <= times.nowMs) return;
    this.active.set(digest, { value: conclusion, untilMs }, { size: conclusion.bytes + 1 });
  }

  /** Drops everything, after the rules have changed. */
  clear(): void {
    this.active.clear();
    this.refused.clear();
  }
}
