import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** The result of an endpoint about one token. */
export type TokenStatus =
  | {
      readonly kind: 'active';
      /** Members of the response, deeply frozen. */
      readonly members: Readonly<Record<string, unknown>>;
      /** Size of the response in bytes. */
      readonly bytes: number;
    }
  | {
      readonly kind: 'refused';
      /** The reason, without any value out of the response. */
      readonly problem: string;
    };

interface Timed<T> {
  readonly value: T;
  readonly untilMs: number;
}

const MAX_ACTIVE = 20_000;
const MAX_ACTIVE_BYTES = 32 * 1024 * 1024;
const MAX_REFUSED = 2_000;
/** Seconds only: a token that is not active yet may become active soon. */
const REFUSED_TTL_MS = 5_000;

/**
 * Returns the name of a cached response: SHA-256 over the kind of request, the endpoint, the whole
 * token and the occasion, as delimited members. So no bearer secret is a key in memory, a token
 * does not match another one with the same prefix (CVE-2026-35030), one endpoint does not speak for
 * another, and a token that one kind of request accepts is not accepted for the other.
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
 * Caches the results of endpoints about tokens: active tokens as long as configured and never
 * beyond their `exp`, refused ones separately and for seconds, so that a flood of bad tokens cannot
 * displace good ones. Bounded by count and bytes.
 */
export class ProviderAnswerCache {
  private readonly active = new LRUCache<string, Timed<TokenStatus>>({
    max: MAX_ACTIVE,
    maxSize: MAX_ACTIVE_BYTES,
  });
  private readonly refused = new LRUCache<string, Timed<TokenStatus>>({ max: MAX_REFUSED });

  /**
   * Returns the cached result; `null` if there is none or it has expired.
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
   * Caches a result.
   * @param digest from {@link answerDigest}
   * @param conclusion the result of the endpoint
   * @param times the current time, and the longest time for which an active token is cached
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
}
