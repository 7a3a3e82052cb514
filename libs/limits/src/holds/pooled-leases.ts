import { Turns, isGatehouseError, type PicoUsd } from '#libs/common';
import type { SettingsStore } from '#libs/config';
import type { RedisConnection } from '#libs/redis';
import type { SpendRecorder } from '#libs/spend';
import { BudgetPool, type PoolFound } from './budget-pool.js';
import {
  LeaseSource,
  NO_FACTS,
  type LeaseAmount,
  type LeaseAnswer,
  type LeaseAnswers,
  type LeaseAsk,
  type LeaseFacts,
  type LeaseRequest,
} from './lease-source.js';
import type { BudgetWindow } from './money-claims.js';
import { sumOf, withPool, withPools } from './pool-facts.js';
import { LeftPools } from './left-pools.js';
import { PoolMoves, type LeasedPool, type PoolAmount } from './pool-moves.js';
import { fillsOf, grantsOf, restOf, withPart } from './pool-parts.js';
import { PoolDemands } from './pool-demands.js';
import { PoolRefusals } from './pool-refusals.js';
import type { PostgresLeases } from './postgres-leases.js';
import { SharedPool, poolName, type PoolTaken } from './shared-pool.js';

/** Parts of {@link PooledLeases}. */
export interface PooledLeasesParts {
  readonly postgres: PostgresLeases;
  readonly redis: Pick<RedisConnection, 'run' | 'generation'>;
  readonly recorder: Pick<SpendRecorder, 'beforeBooking'>;
  readonly settings: SettingsStore;
}

/** A request of which the pool has done its part. */
interface BegunRequest {
  readonly request: LeaseRequest;
  readonly taken: PoolTaken;
  /** What went back to the pool. */
  readonly toPool: readonly PoolAmount[];
  /** What goes back to PostgreSQL. */
  readonly back: readonly LeaseAmount[];
  /** What the pool has not served, with what it still asks for; `null` for what it has. */
  readonly open: readonly (readonly LeaseAsk[] | null)[];
}

/** A look at the pool costs little. */
const RETRY_MS = 5;

/**
 * Leases in PostgreSQL, with a pool in Redis in front of them: PostgreSQL leases parts of windows to the pool, and processes
 * take from it and give back to it without a round trip to PostgreSQL. What they spent of it is reported before it is booked.
 * Without Redis everything goes to PostgreSQL.
 */
export class PooledLeases extends LeaseSource {
  private readonly moves = new PoolMoves();
  private readonly shared: SharedPool;
  private readonly listeners: (() => void)[] = [];
  private readonly refusals = new PoolRefusals();
  private readonly left: LeftPools;
  /** What goes to PostgreSQL: between two of these it is known what of the pools is whose. */
  private readonly turns = new Turns();
  private readonly demands = new PoolDemands();
  private amounts: BudgetPool | null = null;
  private unanswered: BegunRequest | null = null;
  private leasedUntilMs = -Infinity;
  private lost: LeaseAmount[] = [];
  private unused: LeaseAmount[] = [];

  constructor(private readonly parts: PooledLeasesParts) {
    super();
    const { moves } = this;
    this.left = new LeftPools({ ...parts, moves, used: () => this.usedPool() });
    this.shared = new SharedPool({
      ...{ moves, amounts: () => this.opened(), leaseMs: () => this.leaseMs },
      generation: () => parts.redis.generation,
      left: (name, isLost) => {
        this.left.note(name, isLost);
        this.amounts?.renewCandidate();
        void this.leave();
      },
      due: () => {
        this.due();
      },
    });
    parts.recorder.beforeBooking(() => this.report(() => this.usedPool()));
  }

  override get retryMs(): number {
    return this.usedPool() === null ? this.parts.postgres.retryMs : RETRY_MS;
  }

  override isClosing(): boolean {
    return this.left.isClosing;
  }

  override async take(request: LeaseRequest): Promise<LeaseAnswers> {
    const isRepeated = this.unanswered?.request.number === request.number;
    const begun =
      isRepeated && this.unanswered !== null ? this.unanswered : await this.begin(request);
    // What is free then is there for this request.
    await this.leave();
    const refusals = this.refusalsOf(begun);
    const isServed = refusals !== null && begun.back.length === 0 && !this.isReportDue();
    if (!isRepeated && isServed) return this.answers(begun, refusals);
    this.unanswered = begun;
    try {
      const groups = await this.turns.take(() => this.ask(begun));
      this.unanswered = null;
      return this.answers(begun, groups);
    } catch (error) {
      // Nothing was done in PostgreSQL then, and the request is not repeated.
      if (!isGatehouseError(error)) {
        this.unanswered = null;
        this.lost.push(...begun.toPool);
        this.unused.push(...grantsOf(request.groups, begun.taken.parts));
      }
      throw error;
    }
  }

  override look(windows: readonly BudgetWindow[]): Promise<readonly LeaseFacts[]> {
    return this.turns.take(async () => {
      const facts = await this.parts.postgres.look(windows);
      const left = await this.shared.look(windows);
      return windows.map((window, index) => {
        const leftPico = left[index] ?? 0n;
        const known = withPool({ window, facts: facts[index] ?? NO_FACTS, leftPico }, this.moves);
        // What the accounts of this process have not learned yet.
        const aheadPico = sumOf(this.lost, window) - sumOf(this.unused, window);
        return { ...known, ownPico: known.ownPico + aheadPico };
      });
    });
  }

  /** Those that share the pool give back what is left of each call once they know, so that they are not asked often. */
  override async demand(windows: readonly BudgetWindow[]): Promise<void> {
    if (this.usedPool() === null) {
      await this.parts.postgres.demand(windows);
      return;
    }
    const due = this.demands.due(windows);
    // The pool is looked at meanwhile.
    if (due.length > 0) this.parts.postgres.demand(due).catch(() => undefined);
  }

  override onDemand(listener: (counter: string | null) => void): void {
    this.parts.postgres.onDemand((counter) => {
      this.shared.demand(counter);
      // What this gives back is in the pool before the pool is looked at.
      listener(counter);
      void this.shared.drain();
    });
  }

  override onDue(listener: () => void): void {
    this.listeners.push(listener);
  }

  override ended(window: BudgetWindow, costPico: PicoUsd): boolean {
    this.moves.spend(window, costPico);
    return this.shared.isScarce(window) && this.usedPool() !== null;
  }

  override async end(): Promise<void> {
    this.shared.leave();
    await this.report(() => null).catch(() => undefined);
    await this.parts.postgres.end();
  }

  /** Moves into the lease of this process what it has spent, and what is not of the pool that is used. */
  private report(used: () => LeasedPool | null): Promise<void> {
    return this.turns.take(async () => {
      const moves = this.moves.outgoing(used());
      if (moves.length === 0) return;
      this.lost.push(...this.moves.confirmed(moves, await this.parts.postgres.move(moves)));
      if (this.lost.length > 0) this.due();
    });
  }

  /** Tells PostgreSQL which pools were left. What it does not hear now it hears before the next request. */
  private async leave(): Promise<void> {
    if (!this.left.hasUntold) return;
    await this.turns
      .take(async () => {
        this.lost.push(...(await this.left.tell()));
        // Not when it fails: a round that fails would begin the next one for ever.
        if (this.lost.length > 0) this.due();
      })
      .catch(() => undefined);
  }

  private async begin(request: LeaseRequest): Promise<BegunRequest> {
    const pool = this.usedPool();
    const toPool: PoolAmount[] = [];
    const back: LeaseAmount[] = [];
    for (const one of [...request.back, ...this.unused.splice(0)]) {
      // What has moved into the lease of this process goes back to PostgreSQL.
      const taken = pool === null ? null : this.moves.takeBack(pool, one);
      const amountPico = one.amountPico - (taken?.amountPico ?? 0n);
      if (taken !== null) toPool.push(taken);
      if (amountPico !== 0n) back.push({ ...one, amountPico });
    }
    const taken = await this.shared.take(pool, request.groups, toPool);
    const open = request.groups.map((group, place) => {
      const part = taken.parts[place];
      return part === undefined || part.state === 'whole' ? null : restOf(group, part);
    });
    return { request, taken, toPool, back, open };
  }

  /** Asks PostgreSQL for what the pool did not give, and for more for the pool. */
  private async ask(begun: BegunRequest): Promise<readonly LeaseAnswer[]> {
    const { request, taken, back, open } = begun;
    const groups = open.filter((group) => group !== null);
    const moves = this.moves.outgoing(this.usedPool());
    const inner = { number: request.number, groups, back };
    const found = this.shared.unlessLeft(taken.found);
    if (found === null && moves.length === 0) {
      return this.renewed(begun, await this.parts.postgres.take(inner));
    }
    const fills = found === null ? [] : fillsOf(open, taken.parts);
    const name = found === null ? null : poolName(found.epoch);
    const pooled = { name, isNew: found?.isNew === true, moves, fills };
    const answers = await this.parts.postgres.takePooled(inner, pooled);
    this.lost.push(...this.moves.confirmed(moves, answers.pool.lost));
    if (found !== null) {
      this.join(found, answers.pool.untilMs);
      void this.shared.fill(fills, answers.pool.filledPico);
    }
    this.refusals.note(groups, answers.groups);
    return this.renewed(begun, answers);
  }

  private join(found: PoolFound, untilMs: number | null): void {
    if (!this.shared.join(found, untilMs)) return;
    this.refusals.forget();
    this.demands.forget();
    if (!found.isNew) return;
    this.amounts?.renewCandidate();
    this.parts.postgres.forgetPools().catch(() => undefined);
  }

  /** What PostgreSQL has answered a moment ago to what is open; `null` when it has to be asked. */
  private refusalsOf({ open }: BegunRequest): readonly LeaseAnswer[] | null {
    const groups = open.filter((group) => group !== null);
    const isUsed = groups.length === 0 || this.usedPool() !== null;
    const refusals = isUsed ? groups.map((group) => this.refusals.of(group)) : [null];
    const known = refusals.filter((refusal) => refusal !== null);
    return known.length === refusals.length ? known : null;
  }

  /** Keeps what an answer says of this process. Its refusals have what is known of pools, too. */
  private renewed(
    { open, taken }: BegunRequest,
    { lost, groups, untilMs }: LeaseAnswers,
  ): readonly LeaseAnswer[] {
    this.lost.push(...lost);
    this.leasedUntilMs = untilMs;
    const asked = open.flatMap((asks, place) =>
      asks === null ? [] : [{ asks, leftPico: taken.parts[place]?.leftPico ?? [] }],
    );
    return withPools(groups, asked, this.moves);
  }

  /** Puts together what the pool gave and what PostgreSQL has answered. What rests on a pool is not used longer than it counts. */
  private answers({ open, taken }: BegunRequest, asked: readonly LeaseAnswer[]): LeaseAnswers {
    const rest = asked.values();
    const groups = taken.parts.map((part, place) => {
      const answer = (open[place] ?? null) === null ? undefined : rest.next().value;
      return withPart(answer ?? undefined, part);
    });
    const untilMs = Math.min(this.leasedUntilMs, this.moves.untilMs);
    return { lost: this.lost.splice(0), groups, untilMs };
  }

  private usedPool(): LeasedPool | null {
    return performance.now() < this.leasedUntilMs ? this.shared.used() : null;
  }

  private async opened(): Promise<BudgetPool | null> {
    const { redis, postgres } = this.parts;
    if (this.amounts !== null || redis.generation === null) return this.amounts;
    const place = await postgres.place().catch(() => null);
    if (place !== null) this.amounts ??= new BudgetPool(redis, place);
    return this.amounts;
  }

  /** Leases are renewed, and what is free is reported, before anything waits for it. */
  private isReportDue(): boolean {
    return this.moves.hasFree || performance.now() > this.leasedUntilMs - (this.leaseMs * 3) / 4;
  }

  private due(): void {
    for (const listener of this.listeners) listener();
  }

  private get leaseMs(): number {
    return this.parts.settings.current.budgets.leaseSeconds * 1_000;
  }
}
