import { Logger } from '@nestjs/common';
import { within, type Clock } from '#libs/common';
import { RedisConnection } from '#libs/redis';

/** Longest time that a call waits for a cached response. */
const LIMIT_MS = 150;
/** Failures in a row after which calls do not ask. */
const MAX_FAILURES = 3;
/** Time for which they do not. */
const REST_MS = 5_000;
/** Keys that one step of a scan looks at. */
const SCAN_COUNT = '500';

/** The connection to the Redis of the cache: a slow command of the cache must not hold up rate limits. */
export class CacheConnection extends RedisConnection {}

/** An entry as Keyv keeps it. */
interface Entry {
  readonly value: string;
}

/**
 * Cached responses in Redis, in the form of a Keyv store. A server that is lost or slow is an empty cache: reading and writing
 * never fail, and after some failures calls do not wait for it for a while.
 */
export class RedisResponses {
  private readonly logger = new Logger('ResponseCache');
  private failures = 0;
  private restsUntilMs = 0;

  /** @param prefix beginning of every key */
  constructor(
    private readonly connection: CacheConnection,
    private readonly prefix: string,
    private readonly clock: Clock,
  ) {}

  /** Returns an entry; `undefined` where there is none, and where Redis does not say so in time. */
  async get(key: string): Promise<Entry | undefined> {
    const value = await this.inTime(['GET', this.prefix + key]);
    return typeof value === 'string' ? { value } : undefined;
  }

  /** Writes an entry, if Redis takes it. */
  async set(key: string, { value }: Entry, ttlMs = 0): Promise<void> {
    const milliseconds = String(Math.max(1, Math.ceil(ttlMs)));
    await this.inTime(['SET', this.prefix + key, value, 'PX', milliseconds]);
  }

  /**
   * Removes an entry and returns whether it was there.
   * @throws RedisUnavailableError
   */
  async delete(key: string): Promise<boolean> {
    return (await this.connection.command(['UNLINK', this.prefix + key])) === 1;
  }

  /**
   * Removes every entry of the cache, and nothing else that the server holds.
   * @throws RedisUnavailableError; some entries may be gone
   */
  async clear(): Promise<void> {
    const pattern = `${this.prefix.replaceAll(/[\\*?[\]]/g, '\\$&')}*`;
    let cursor = '0';
    do {
      const step = ['SCAN', cursor, 'MATCH', pattern, 'COUNT', SCAN_COUNT];
      const [next, keys] = (await this.connection.command(step)) as [string, string[]];
      if (keys.length > 0) await this.connection.command(['UNLINK', ...keys]);
      cursor = next;
    } while (cursor !== '0');
  }

  private async inTime(command: readonly string[]): Promise<unknown> {
    if (this.clock.nowMs() < this.restsUntilMs) return null;
    const response = this.connection.command(command);
    // A failure after the limit concerns no call.
    response.catch(() => undefined);
    try {
      if (await within(LIMIT_MS, response)) {
        this.failures = 0;
        return await response;
      }
      this.failed(`no response in ${String(LIMIT_MS)} ms`);
    } catch (error) {
      this.failed(String(error));
    }
    return null;
  }

  private failed(problem: string): void {
    this.failures += 1;
    if (this.failures < MAX_FAILURES) return;
    this.failures = 0;
    this.restsUntilMs = this.clock.nowMs() + REST_MS;
    this.logger.warn(`calls are served without the cache for ${String(REST_MS)} ms: ${problem}`);
  }
}
