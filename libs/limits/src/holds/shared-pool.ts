import type { PicoUsd } from '#libs/common';
import type { BudgetPool, PoolAddition, PoolFound, PoolStep } from './budget-pool.js';
import { counterOf, type LeaseAmount, type LeaseAsk, type LeaseRequest } from './lease-source.js';
import type { BudgetWindow } from './money-claims.js';
import { windowName, type LeasedPool, type PoolAmount, type PoolMoves } from './pool-moves.js';
import { grantsOf, partsOf, poolAsksOf, type PoolPart } from './pool-parts.js';

/** Parts of a {@link SharedPool}. */
export interface SharedPoolParts {
  /** The amounts in Redis; `null` while they cannot be reached. */
  readonly amounts: () => Promise<BudgetPool | null>;
  readonly moves: PoolMoves;
  /** Names the memory of the connected server; `null` while there is none. */
  readonly generation: () => string | null;
  /** Called when this process leaves a pool, which it never uses again; it is lost when it ends before its time. */
  readonly left: (name: string, isLost: boolean) => void;
  readonly leaseMs: () => number;
  /** Called when there is something to report that nothing waits for. */
  readonly due: () => void;
}

/** What an exchange with the pool gave. */
export interface PoolTaken {
  /** `null` without a response. */
  readonly found: PoolFound | null;
  /** In the order of the groups. */
  readonly parts: readonly PoolPart[];
}

/** A window of any cap, of which nothing is asked. */
const LOOK = { cap: '9'.repeat(30), need: '0', want: '0' };
const PREFIX = 'redis:';
/** The part of a lease before whose rest a new pool comes early. Usually it comes when half of the lease is over. */
const EARLY = 0.6;
/** Pools of more than half an hour; a response takes less than a second. */
const MANY = 100;

/** The pool that this process shares with others: which one it is, and what it takes out and puts in. */
export class SharedPool {
  private pool: LeasedPool | null = null;
  /** The server that the pool is on. */
  private generation: string | null = null;
  /** Those that this process has left, the last ones. */
  private readonly leftNames = new Set<string>();
  /** A server whose pool this process has left: until then nothing is asked of it. */
  private away = { generation: null as string | null, untilMs: -Infinity };
  /** Windows that were asked of it. */
  private windows = new Map<string, BudgetWindow>();
  /** Windows of which PostgreSQL had too little for it. */
  private scarce = new Set<string>();
  /** Budgets that another process has asked for. */
  private demanded: (string | null)[] = [];

  constructor(private readonly parts: SharedPoolParts) {}

  /** The pool that may be taken from: it counts as leased long enough for everything to be reported. */
  used(): LeasedPool | null {
    const { pool } = this;
    const isUsable = pool !== null && performance.now() < pool.untilMs - this.parts.leaseMs() / 2;
    return isUsable ? pool : null;
  }

  /** Whether what is left of a window is worth more in the pool than in the memory of this process. */
  isScarce(window: BudgetWindow): boolean {
    return this.scarce.size > 0 && this.scarce.has(windowName(window));
  }

  /** Puts back what is of the pool, and takes what groups ask for. */
  async take(
    pool: LeasedPool | null,
    groups: LeaseRequest['groups'],
    back: readonly PoolAmount[],
  ): Promise<PoolTaken> {
    const demanded = this.demandedWindows();
    const step = {
      makes: groups.length > 0,
      groups: groups.map(poolAsksOf),
      adds: back.map(additionOf),
      drains: demanded.map(windowName),
    };
    const found = await this.step(step, [...groups.flat(), ...demanded], pool);
    if (found !== null && !found.isAdded) this.free(back);
    const parts = partsOf(groups, found);
    if (pool !== null) {
      for (const grant of grantsOf(groups, parts)) {
        this.parts.moves.add({ ...grant, pool, isTaken: true });
      }
    }
    return { found, parts };
  }

  /** Returns `null` for a pool that was left meanwhile: PostgreSQL may have freed all of it, so that what comes out of it does not count. */
  unlessLeft(found: PoolFound | null): PoolFound | null {
    return found === null || this.leftNames.has(poolName(found.epoch)) ? null : found;
  }

  /** Stops to use the pool for ever. Other processes may go on. */
  leave(isLost = false): void {
    const { pool } = this;
    this.pool = null;
    this.windows = new Map();
    this.scarce = new Set();
    if (pool === null) return;
    if (this.leftNames.size === MANY) this.leftNames.clear();
    this.leftNames.add(pool.name);
    this.parts.left(pool.name, isLost);
  }

  /** Returns what the pool has of windows. */
  async look(windows: readonly BudgetWindow[]): Promise<readonly PicoUsd[]> {
    const asks = windows.map((window) => ({ ...LOOK, window: windowName(window) }));
    const found = await this.step({ groups: [asks] }, windows);
    return windows.map((_, index) => BigInt(found?.groups[0]?.[1][index] ?? 0));
  }

  /**
   * Uses a pool that PostgreSQL knows.
   * @param untilMs how long it counts; `null` when it may not be used
   * @returns whether it is another one than before
   */
  join({ epoch }: PoolFound, untilMs: number | null): boolean {
    const name = poolName(epoch);
    const isUsable = untilMs !== null && !this.leftNames.has(name);
    if (this.pool?.name === name && isUsable) return false;
    this.leave();
    this.pool = isUsable ? { name, untilMs } : null;
    this.generation = this.parts.generation();
    return isUsable;
  }

  /** Puts into the pool what PostgreSQL has leased for it. */
  async fill(fills: readonly LeaseAsk[], filledPico: readonly PicoUsd[]): Promise<void> {
    const { pool } = this;
    if (pool === null) return;
    const granted: PoolAmount[] = [];
    for (const [place, ask] of fills.entries()) {
      const amountPico = filledPico[place] ?? 0n;
      if (amountPico < ask.wantPico) this.scarce.add(windowName(ask));
      else this.scarce.delete(windowName(ask));
      if (amountPico > 0n) granted.push({ ...ask, amountPico, pool, isTaken: false });
    }
    if (granted.length === 0) return;
    const found = await this.step({ adds: granted.map(additionOf) }, fills, pool);
    // Without a response the amounts may be there: they count as leased until the pool ends.
    if (found === null || found.isAdded) return;
    this.free(granted);
    this.parts.due();
  }

  /** Notes that another process has asked for a budget; for every one when the counter is `null`. */
  demand(counter: string | null): void {
    this.demanded.push(counter);
    for (const window of this.windowsOf(counter)) this.scarce.add(windowName(window));
  }

  /** Takes what was asked for out of the pool, for processes without Redis, and leaves a pool that is lost. */
  async drain(): Promise<void> {
    const windows = this.demandedWindows();
    // Also without windows: a process without requests finds out in no other way that the pool is lost.
    if (this.pool === null) return;
    await this.step({ drains: windows.map(windowName) }, windows);
    if (this.parts.moves.hasFree) this.parts.due();
  }

  private demandedWindows(): BudgetWindow[] {
    return [...new Set(this.demanded.splice(0))].flatMap((counter) => this.windowsOf(counter));
  }

  private windowsOf(counter: string | null): BudgetWindow[] {
    const windows = [...this.windows.values()];
    return counter === null ? windows : windows.filter((one) => counterOf(one) === counter);
  }

  private async step(
    step: Partial<PoolStep>,
    windows: readonly BudgetWindow[],
    pool: LeasedPool | null = null,
  ): Promise<PoolFound | null> {
    if (this.isAway()) {
      // One of another server that was connected meanwhile.
      this.leave(true);
      return null;
    }
    const amounts = await this.parts.amounts();
    const epoch = pool?.name.slice(PREFIX.length) ?? '';
    const whole = { epoch, makes: false, adds: [], drains: [], groups: [], ...step };
    const found = (await amounts?.step(whole, this.parts.leaseMs() / 2)) ?? null;
    this.follow(found);
    if (found === null) return null;
    this.noteDrained(found, windows);
    return this.unlessLeft(found);
  }

  /**
   * Leaves a pool that is not there any more. Without a response the server may have it still, and others with it: nothing is
   * asked of that server until the pool has ended.
   */
  private follow(found: PoolFound | null): void {
    const { pool } = this;
    if (pool === null) return;
    if (found === null) {
      const untilMs = pool.untilMs - this.parts.leaseMs() / 2;
      this.away = { generation: this.generation, untilMs };
      this.leave(true);
    } else if (pool.name !== poolName(found.epoch)) {
      this.leave(this.isEarly(pool));
    }
  }

  /** Whether another pool has come before it was time for one. */
  private isEarly({ untilMs }: LeasedPool): boolean {
    return performance.now() < untilMs - this.parts.leaseMs() * EARLY;
  }

  private isAway(): boolean {
    const { generation, untilMs } = this.away;
    return performance.now() < untilMs && this.parts.generation() === generation;
  }

  private noteDrained({ drained }: PoolFound, windows: readonly BudgetWindow[]): void {
    const named = new Map(windows.map((window) => [windowName(window), window]));
    if (this.pool !== null) for (const [name, window] of named) this.windows.set(name, window);
    for (const [epoch, name, amount] of drained) {
      const window = named.get(name);
      if (window === undefined) continue;
      const pool = { name: poolName(epoch), untilMs: Infinity };
      const freed = amountOf(window, BigInt(amount));
      this.free([{ ...freed, pool, capPico: 0n, isTaken: false }]);
    }
  }

  private free(amounts: readonly PoolAmount[]): void {
    for (const amount of amounts) this.parts.moves.add({ ...amount, isTaken: false });
  }
}

/** Returns the name of a pool in PostgreSQL. */
export function poolName(epoch: string): string {
  return PREFIX + epoch;
}

function additionOf(amount: PoolAmount): PoolAddition {
  const { amountPico, capPico } = amount;
  return { window: windowName(amount), amount: String(amountPico), cap: String(capPico) };
}

function amountOf({ scope, id, window }: BudgetWindow, amountPico: PicoUsd): LeaseAmount {
  return { scope, id, window, amountPico };
}
