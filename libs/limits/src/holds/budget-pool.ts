import { Logger } from '@nestjs/common';
import { newEntityId } from '#libs/common';
import { redisScript, type RedisConnection } from '#libs/redis';
import { POOL_SCRIPT } from './pool-script.js';

/** What one request asks of one window of a pool. Amounts are decimal integers. */
export interface PoolAsk {
  readonly window: string;
  readonly cap: string;
  readonly need: string;
  readonly want: string;
}

/** An amount for a window of a pool. */
export interface PoolAddition {
  readonly window: string;
  readonly amount: string;
  readonly cap: string;
}

/** One step in Redis. */
export interface PoolStep {
  /** The pool that may be used; empty when the caller knows none. */
  readonly epoch: string;
  /** Whether it makes a pool where there is none. PostgreSQL has to be told then. */
  readonly makes: boolean;
  readonly adds: readonly PoolAddition[];
  /** Windows whose rest is taken out. */
  readonly drains: readonly string[];
  readonly groups: readonly (readonly PoolAsk[])[];
}

/** Of a group all windows have granted what is wanted, or all at least what is needed, or none has granted anything. */
export type PoolGroup = readonly [
  state: 'whole' | 'part' | 'none',
  left: readonly string[],
  granted: readonly string[],
];

/** What a step has found. */
export interface PoolFound {
  /** The present pool; empty where there is none. */
  readonly epoch: string;
  /** Whether this process has made it. */
  readonly isNew: boolean;
  /** Whether the pool was the one of the step, so that the additions are in it. */
  readonly isAdded: boolean;
  /** What was taken out for PostgreSQL: epoch, window and amount. */
  readonly drained: readonly (readonly [string, string, string])[];
  readonly groups: readonly PoolGroup[];
}

const SCRIPT = redisScript(POOL_SCRIPT);

/** The amounts in Redis that processes may take. A process that takes them has to report it to PostgreSQL. */
export class BudgetPool {
  private readonly logger = new Logger('BudgetPool');
  private readonly keys: readonly string[];
  private candidate = newEntityId();
  private problem: string | null = null;

  /**
   * @param place names the database, so that several may use one Redis
   */
  constructor(
    private readonly redis: Pick<RedisConnection, 'run' | 'generation'>,
    place: string,
  ) {
    this.keys = [`gatehouse:{budgets:${place}}`, `gatehouse:{budgets:${place}}:previous`];
  }

  /**
   * Does one step; `null` when Redis did not confirm it, which may have happened nevertheless.
   * @param lifeMs how long a pool is used that is made now
   */
  async step({ makes, ...step }: PoolStep, lifeMs: number): Promise<PoolFound | null> {
    if (this.redis.generation === null) return null;
    const candidate = makes ? this.candidate : '';
    try {
      const request = JSON.stringify({ ...step, candidate, lifeMs });
      const response = await this.redis.run(SCRIPT, this.keys, [request]);
      const { epoch, isAdded, drained, groups } = JSON.parse(String(response)) as PoolFound;
      this.problem = null;
      return {
        ...{ epoch, isAdded, isNew: makes && epoch === candidate },
        // An empty list of Lua is an empty object.
        drained: Object.values(drained),
        groups: Object.values(groups),
      };
    } catch (error) {
      this.failed(String(error));
      return null;
    }
  }

  /** The pool that this process made is in PostgreSQL now, or has ended. */
  renewCandidate(): void {
    this.candidate = newEntityId();
  }

  private failed(problem: string): void {
    if (problem !== this.problem) {
      this.logger.warn(`budgets are leased without Redis: ${problem}`);
    }
    this.problem = problem;
  }
}
