import type { SettingsStore } from '#libs/config';
import { ChangeFeed, type Database } from '#libs/database';
import { MoneyHolds, PooledLeases, PostgresLeases, type MoneyHold } from '#libs/limits/testing';
import { RedisConnection } from '#libs/redis';
import type { SpendRecorder } from '#libs/spend';
import { anIntent, anOutcome, type SpendHarness } from './spend-harness.js';

const LEASE_SECONDS = 1;

/** A process of a gateway that holds money by leases of PostgreSQL with a pool in Redis. */
export class PooledProcess {
  readonly holds: MoneyHolds;
  readonly redis: RedisConnection;
  /** Groups of requests that the pool has served. */
  served = 0;
  private isDead = false;

  /**
   * @param recorder whose process leases, and where calls end; the harness's unless a test books for itself
   * @param leaseSeconds within which a lease has to be renewed. A process that comes too late has lost what it holds.
   */
  constructor(
    readonly harness: SpendHarness,
    redisUrl: string,
    private readonly recorder: SpendRecorder = harness.recorder,
    leaseSeconds = LEASE_SECONDS,
  ) {
    const settings = {
      current: { budgets: { leaseSeconds, exceededStatus: 422 } },
    } as unknown as SettingsStore;
    this.redis = new RedisConnection(redisUrl);
    this.redis.onModuleInit();
    const feed = harness.app.get(ChangeFeed);
    const postgres = new PostgresLeases(this.database(), feed, recorder, settings);
    const leases = new PooledLeases({ postgres, settings, redis: this.counted(), recorder });
    this.holds = new MoneyHolds(leases, settings, recorder);
  }

  /** Ends as `kill -9` does: nothing of it reaches a server any more, but what is in its journal is booked. */
  kill(): void {
    this.isDead = true;
  }

  /** Ends a call. Its cost is in the journal. */
  end(hold: MoneyHold, costPico: bigint): void {
    const intent = anIntent({ admittedAt: new Date(), holds: hold.windows });
    void this.recorder.open(intent);
    void this.recorder.settle(intent, anOutcome({ costPico }));
    hold.release(costPico);
  }

  /** Gives everything up. */
  async close(): Promise<void> {
    await this.holds.beforeApplicationShutdown();
    await this.redis.onApplicationShutdown();
  }

  private counted(): Pick<RedisConnection, 'run' | 'generation'> {
    const { redis } = this;
    return {
      get generation() {
        return redis.generation;
      },
      run: async (...script) => {
        if (this.isDead) throw new Error('dead');
        const response = await redis.run(...script);
        this.served += String(response).split('"whole"').length - 1;
        return response;
      },
    };
  }

  private database(): Database {
    const { database } = this.harness;
    const alive =
      <T extends unknown[], R>(work: (...args: T) => Promise<R>) =>
      (...args: T): Promise<R> =>
        this.isDead ? Promise.reject(new Error('dead')) : work(...args);
    return {
      read: alive(database.read.bind(database)),
      write: alive(database.write.bind(database)),
      background: alive(database.background.bind(database)),
    } as unknown as Database;
  }
}
