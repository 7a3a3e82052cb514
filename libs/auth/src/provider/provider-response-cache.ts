import { CACHE_MANAGER } from '@nestjs/cache-manager';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Cache } from 'cache-manager';
import { Clock, deepFreeze } from '#libs/common';

interface Entry {
  readonly value: unknown;
  /** In milliseconds since the Unix epoch. */
  readonly untilMs: number;
}

/**
 * Caches what identity providers and directories have answered, in the store of the cache manager.
 * The caller refuses or admits by the answer of the provider alone: a cache that fails is an empty
 * one, and the provider is called.
 */
@Injectable()
export class ProviderResponseCache {
  private readonly logger = new Logger(ProviderResponseCache.name);

  constructor(
    @Inject(CACHE_MANAGER) private readonly cache: Cache,
    private readonly clock: Clock,
  ) {}

  /**
   * Returns a cached value, deeply frozen; `null` if there is none, if it has expired, and if the
   * cache fails.
   * @param key without a secret: a digest where it is made of a token
   */
  async get<T>(key: string): Promise<T | null> {
    const entry = await this.cache.get<Entry>(key).catch(this.logFailure);
    if (entry === undefined || this.clock.nowMs() >= entry.untilMs) return null;
    return deepFreeze(entry.value as T);
  }

  /**
   * Caches a value; does nothing if there is no time to live, and if the cache fails.
   * @param key as in {@link get}
   */
  async add(key: string, value: object, ttlMs: number): Promise<void> {
    if (ttlMs <= 0) return;
    const entry: Entry = { value, untilMs: this.clock.nowMs() + ttlMs };
    // The store may tell the time by another clock, and drops the entry then or later.
    await this.cache.set(key, entry, Math.ceil(ttlMs)).catch(this.logFailure);
  }

  private readonly logFailure = (error: unknown): undefined => {
    this.logger.warn({ message: 'the cache of provider answers fails', problem: String(error) });
  };
}
