import { Injectable } from '@nestjs/common';
import { createCache, type Cache } from 'cache-manager';
import { Keyv } from 'keyv';
import { Clock } from '#libs/common';
import { SettingsStore, type ResponseCacheSettings } from '#libs/config';
import { decodedResponse, encodedResponse, type CachedResponse } from './cached-response.js';
import { memoryResponses } from './memory-responses.js';
import { CacheConnection, RedisResponses } from './redis-responses.js';
import { sealed, unsealed } from './sealed-text.js';

/** Responses that wait to be written. With more of them further ones are not kept. */
const MAX_WAITING = 64;

/** The store of cached responses: the memory of the process, or Redis. Reading and writing never fail. */
@Injectable()
export class ResponseStoreService {
  private readonly settings: ResponseCacheSettings | null;
  private readonly cache: Cache | null;
  private waiting = 0;

  /** @param connection that of the cache; not configured where responses are kept in memory */
  constructor(
    settings: SettingsStore,
    private readonly connection: CacheConnection,
    private readonly clock: Clock,
  ) {
    // Another store needs a restart; everything else follows a reload.
    this.settings = settings.current.responseCache;
    this.cache = this.settings === null ? null : this.made(this.settings);
  }

  /** Whether responses are kept in Redis. */
  get isShared(): boolean {
    return this.connection.isConfigured;
  }

  /** Whether responses are cached. */
  get isUsed(): boolean {
    return this.cache !== null;
  }

  /** Returns the response of a key that has not expired; `null` where there is none. */
  async get(key: string): Promise<CachedResponse | null> {
    const text = await this.cache?.get<string>(key);
    if (typeof text !== 'string') return null;
    const plain = unsealed(text, this.secret, key);
    const response = plain === null ? null : decodedResponse(key, plain);
    return response !== null && this.clock.nowMs() < response.storedMs + response.ttlMs
      ? response
      : null;
  }

  /**
   * Keeps a response until it expires.
   * @returns what ends when it was written, and never rejects; `null` where it is not kept
   */
  add(key: string, response: CachedResponse): Promise<void> | null {
    if (this.cache === null || this.waiting >= MAX_WAITING) return null;
    const text = sealed(encodedResponse(key, response), this.secret, key);
    this.waiting += 1;
    const written = (): void => {
      this.waiting -= 1;
    };
    return this.cache.set(key, text, response.ttlMs).then(written, written);
  }

  /**
   * Removes responses by their keys.
   * @throws RedisUnavailableError
   */
  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.cache?.del(key);
  }

  /**
   * Removes all responses: with a store in memory, those of this process.
   * @throws RedisUnavailableError
   */
  async clear(): Promise<void> {
    await this.cache?.clear();
  }

  /**
   * Writes to the store.
   * @throws RedisUnavailableError
   */
  async ping(): Promise<void> {
    if (this.isShared) await this.connection.command(['SET', `${this.prefix}ping`, '1', 'PX', '1']);
  }

  /**
   * Returns what the Redis server says of itself.
   * @throws RedisUnavailableError
   */
  async info(): Promise<string> {
    return String(await this.connection.command(['INFO']));
  }

  private get prefix(): string {
    const namespace = this.settings?.namespace ?? '';
    return `${namespace === '' ? '' : `${namespace}:`}gatehouse:cache:`;
  }

  private get secret(): string | null {
    return this.isShared ? (this.settings?.encryptionKey ?? null) : null;
  }

  private made({ maxMemoryBytes }: ResponseCacheSettings): Cache {
    const store = this.isShared
      ? new RedisResponses(this.connection, this.prefix, this.clock)
      : memoryResponses(maxMemoryBytes);
    const keyv = new Keyv({ store, useKeyPrefix: false, emitErrors: false, throwOnErrors: true });
    // Entries are texts already.
    keyv.serialize = undefined;
    keyv.deserialize = undefined;
    return createCache({ stores: [keyv] });
  }
}
