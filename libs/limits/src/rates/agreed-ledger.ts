import { Logger } from '@nestjs/common';
import { Turns, pause } from '#libs/common';
import type { RedisConnection } from '#libs/redis';
import { SILENCE_MS, type Agreement, type LedgerAgreement } from './ledger-agreement.js';
import { ProcessStanding } from './process-standing.js';
import { RedisLedger } from './redis-ledger.js';
import type { RateExchange, RateExchanged, RateLedger, SwitchedLedger } from './rate-ledger.js';
import type { PostgresLedger } from './postgres-ledger.js';

/** Time between two reports of a process, for which the others wait when the ledger changes. */
const REPORT_MS = 500;
/** A lost connection may come back in this time before PostgreSQL takes over. */
const GRACE_MS = 250;
/** After a loss Redis has to be usable for so long. */
const REST_MS = 5_000;
const POLL_MS = 25;
/** Changes of the ledger during one exchange, after which it fails. */
const MAX_CHANGES = 4;

/** What an {@link AgreedLedger} works with. */
export interface AgreedParts {
  readonly holder: string;
  readonly redis: RedisConnection;
  readonly postgres: PostgresLedger;
  readonly agreement: LedgerAgreement;
  /** Default 5 seconds. */
  readonly restMs?: number;
}

/**
 * The ledger that all processes have agreed on: Redis while each of them can use it, else PostgreSQL. When it changes, each process
 * declares what it has of the one before, and none is granted anything before all have done so.
 */
export class AgreedLedger implements RateLedger {
  private readonly logger = new Logger('RateLimits');
  private readonly standing = new ProcessStanding();
  private readonly stopping = new AbortController();
  private agreed: Agreement | null = null;
  private redisLedger: RedisLedger | null = null;
  private declaredEpoch = 0;
  private enteredEpoch = 0;
  /** The last whose end was logged. */
  private leftEpoch = 0;
  private reportedMs = -Infinity;
  private timer: NodeJS.Timeout | null = null;
  /** Exchanges and reports, one after the other: while a process declares what it has, it gets nothing. */
  private readonly turns = new Turns();

  constructor(private readonly parts: AgreedParts) {}

  exchange(exchange: RateExchange): Promise<RateExchanged> {
    this.timer ??= setInterval(() => {
      void this.turns.take(() => this.look()).catch(() => undefined);
    }, REPORT_MS).unref();
    return this.turns.take(() => this.exchangeNow(exchange));
  }

  async leave(): Promise<void> {
    if (this.timer !== null) clearInterval(this.timer);
    this.stopping.abort();
    await this.turns.take(async () => {
      const { postgres } = this.parts;
      if (this.redisLedger !== null) {
        await this.redisLedger.leave().catch(() => undefined);
        // What it used counts also when Redis is lost after it.
        await postgres.declare({ ...this.standing.at(performance.now()), slots: [] });
      }
      await postgres.leave();
    });
  }

  private async exchangeNow(exchange: RateExchange): Promise<RateExchanged> {
    for (let changes = 0; ; changes += 1) {
      const ledger = await this.enter();
      const outgoing = this.standing.outgoing(exchange);
      try {
        const result = await ledger.exchange(outgoing);
        return this.standing.note(outgoing, result, performance.now());
      } catch (error) {
        if (ledger === this.parts.postgres || changes === MAX_CHANGES) throw error;
        await this.leaveRedis(error);
      }
    }
  }

  /** Reports, follows the others, and goes to Redis when it can. */
  private async look(): Promise<void> {
    if (this.stopping.signal.aborted) return;
    const generation = await this.report();
    if (this.agreed?.generation === null && generation !== null) {
      const { agreement, restMs = REST_MS } = this.parts;
      await agreement.useRedis(this.agreed.epoch, generation, restMs);
      await this.report();
    }
    await this.enter();
  }

  /** Returns the Redis server that this process can use. */
  private async report(): Promise<string | null> {
    const { agreement, redis } = this.parts;
    const sentMs = performance.now();
    const isInRedis = (this.agreed?.generation ?? null) !== null;
    const generation = isInRedis || (await this.isUsable()) ? redis.generation : null;
    const heard = await agreement.report(generation, this.declaredEpoch);
    this.reportedMs = sentMs;
    this.agreed = heard;
    if (heard.generation !== null && heard.hasStranger)
      await this.leaveRedis('a process does not use Redis');
    return generation;
  }

  /** A server that can only be read, or is full, is not used. */
  private async isUsable(): Promise<boolean> {
    const { redis, holder } = this.parts;
    if (redis.generation === null) return false;
    const probe = ['SET', `gatehouse:rates:probe:${holder}`, '1', 'PX', '10000'];
    return redis.command(probe).then(
      () => true,
      () => false,
    );
  }

  /** Returns the ledger that counts, after all processes have entered it. */
  private async enter(): Promise<SwitchedLedger> {
    for (let changes = 0; ; changes += 1) {
      const agreed = await this.current();
      const ledger = await this.ledgerOf(agreed);
      if (ledger !== null && (await this.hasEntered(agreed, ledger))) return ledger;
      if (changes === MAX_CHANGES) throw new Error('the ledger of rate limits changes too often');
      await this.report();
    }
  }

  /** Without PostgreSQL a process goes on with Redis: the ledger cannot change then. */
  private async current(): Promise<Agreement> {
    if (performance.now() - this.reportedMs > SILENCE_MS) {
      try {
        await this.report();
      } catch (error) {
        if ((this.agreed?.generation ?? null) === null) throw error;
      }
    }
    if (this.agreed === null) throw new Error('the ledger of rate limits is not known');
    return this.agreed;
  }

  /** `null` when Redis had to be given up. */
  private async ledgerOf({ generation, space, epoch }: Agreement): Promise<SwitchedLedger | null> {
    const { redis, holder, postgres, agreement } = this.parts;
    if (generation === null || space === null) return postgres;
    await redis.ready(GRACE_MS);
    if (redis.generation !== generation) {
      await this.leaveRedis(redis.state()?.problem ?? 'the server has restarted');
      return null;
    }
    if (this.redisLedger === null || this.declaredEpoch !== epoch)
      this.redisLedger = new RedisLedger(redis, holder, space, () => agreement.left());
    return this.redisLedger;
  }

  /** Declares what this process has, and waits for the others; false when the ledger has changed meanwhile. */
  private async hasEntered(agreed: Agreement, ledger: SwitchedLedger): Promise<boolean> {
    const { epoch, generation } = agreed;
    if (this.enteredEpoch === epoch) return true;
    if (this.declaredEpoch !== epoch && !(await this.declare(agreed, ledger))) return false;
    const { agreement } = this.parts;
    await agreement.enter(epoch);
    for (;;) {
      const isEntered = await agreement.isEntered(epoch);
      if (isEntered === null) return false;
      if (isEntered) break;
      if (this.stopping.signal.aborted) throw new Error('the process ends');
      await pause(POLL_MS, this.stopping.signal);
    }
    this.enteredEpoch = epoch;
    if (generation === null) this.redisLedger = null;
    this.logger.log(`rate limits are counted in ${generation === null ? 'PostgreSQL' : 'Redis'}`);
    return true;
  }

  /** False when Redis had to be given up. */
  private async declare(
    { epoch, generation }: Agreement,
    ledger: SwitchedLedger,
  ): Promise<boolean> {
    try {
      const declared = await ledger.declare(this.standing.at(performance.now()));
      this.standing.moved(declared, performance.now());
      this.declaredEpoch = epoch;
      return true;
    } catch (error) {
      if (generation === null) throw error;
      await this.leaveRedis(error);
      return false;
    }
  }

  private async leaveRedis(reason: unknown): Promise<void> {
    if (this.agreed === null) return;
    const { epoch } = this.agreed;
    const words = reason instanceof Error ? reason.message : String(reason);
    if (this.leftEpoch !== epoch) this.logger.warn(`rate limits leave Redis: ${words}`);
    this.leftEpoch = epoch;
    await this.parts.agreement.leaveRedis(epoch);
    await this.report();
  }
}
