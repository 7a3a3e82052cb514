import type { PicoUsd } from '#libs/common';
import type { LeaseAmount } from './lease-source.js';
import type { BudgetWindow } from './money-claims.js';

/** A pool that PostgreSQL knows. */
export interface LeasedPool {
  readonly name: string;
  /** On the monotonic clock of this process: until then PostgreSQL counts the pool as leased. */
  readonly untilMs: number;
}

/** An amount out of a pool. */
export interface PoolAmount extends LeaseAmount {
  readonly pool: LeasedPool;
  /** The cap under which it was leased. */
  readonly capPico: PicoUsd;
  /** Whether this process has it; else nothing holds it. */
  readonly isTaken: boolean;
}

/** What PostgreSQL has to learn of a pool. */
export interface PoolMove extends PoolAmount {
  /** Grows, so that PostgreSQL applies it once. */
  readonly number: number;
}

/**
 * What this process took out of pools and PostgreSQL counts as leased by them. It moves into the lease of the process when it
 * was spent, or when its pool is used no more. A report whose outcome is unknown is repeated with the same numbers.
 */
export class PoolMoves {
  private unsent = new Map<string, PoolAmount>();
  private sent: readonly PoolMove[] = [];
  private spent = new Map<string, PicoUsd>();
  private last = 0;

  /** Whether there is something that others can use. */
  get hasFree(): boolean {
    return [...this.unsent.values()].some(({ isTaken }) => !isTaken);
  }

  /** Until when all of what was taken is covered by the leases of its pools. */
  get untilMs(): number {
    const taken = [...this.sent, ...this.unsent.values()].filter(({ isTaken }) => isTaken);
    return Math.min(Infinity, ...taken.map(({ pool }) => pool.untilMs));
  }

  /** Returns what is of a window and PostgreSQL does not know yet: what this process has, and what nothing holds. */
  of(window: BudgetWindow): { readonly takenPico: PicoUsd; readonly freePico: PicoUsd } {
    const name = windowName(window);
    let [takenPico, freePico] = [0n, 0n];
    for (const amount of [...this.sent, ...this.unsent.values()]) {
      if (windowName(amount) !== name) continue;
      if (amount.isTaken) takenPico += amount.amountPico;
      else freePico += amount.amountPico;
    }
    return { takenPico, freePico };
  }

  /** Notes an amount. */
  add(amount: PoolAmount): void {
    const key = keyOf(amount);
    const known = this.unsent.get(key);
    const amountPico = (known?.amountPico ?? 0n) + amount.amountPico;
    const capPico = larger(known?.capPico ?? 0n, amount.capPico);
    if (amountPico !== 0n) this.unsent.set(key, { ...amount, amountPico, capPico });
  }

  /**
   * Forgets up to an amount that was taken out of a pool, because it goes back there. Returns what it is; `null` when nothing
   * is. What has moved into the lease of the process cannot go back to a pool.
   */
  takeBack(pool: LeasedPool, amount: LeaseAmount): PoolAmount | null {
    const key = keyOf({ ...amount, pool, isTaken: true });
    const known = this.unsent.get(key);
    if (known === undefined || amount.amountPico <= 0n) return null;
    const amountPico = smaller(known.amountPico, amount.amountPico);
    this.keep(key, known, known.amountPico - amountPico);
    return { ...known, amountPico };
  }

  /** Notes what a call has cost: that much is reported before it is booked. */
  spend(window: BudgetWindow, costPico: PicoUsd): void {
    if (this.unsent.size === 0) return;
    const name = windowName(window);
    this.spent.set(name, (this.spent.get(name) ?? 0n) + costPico);
  }

  /**
   * Numbers what is to be reported now, and returns all that PostgreSQL has not confirmed.
   * @param used the pool that is used now: of it only what was spent is reported
   */
  outgoing(used: LeasedPool | null): readonly PoolMove[] {
    const added: PoolMove[] = [];
    for (const [key, amount] of this.unsent) {
      const isKept = amount.isTaken && amount.pool.name === used?.name;
      const spentPico = isKept ? (this.spent.get(windowName(amount)) ?? 0n) : amount.amountPico;
      const amountPico = smaller(spentPico, amount.amountPico);
      this.keep(key, amount, amount.amountPico - amountPico);
      if (amountPico === 0n) continue;
      this.last += 1;
      added.push({ ...amount, amountPico, number: this.last });
    }
    this.spent = new Map();
    this.sent = [...this.sent, ...added];
    return this.sent;
  }

  /**
   * Forgets what PostgreSQL has confirmed.
   * @param lost numbers of moves out of pools whose time was up
   * @returns what this process has lost
   */
  confirmed(moves: readonly PoolMove[], lost: readonly number[]): LeaseAmount[] {
    const last = moves.at(-1)?.number ?? 0;
    const done = this.sent.filter(({ number }) => number <= last);
    this.sent = this.sent.filter(({ number }) => number > last);
    return done
      .filter(({ number, isTaken }) => isTaken && lost.includes(number))
      .map(({ scope, id, window, amountPico }) => ({ scope, id, window, amountPico }));
  }

  private keep(key: string, amount: PoolAmount, amountPico: PicoUsd): void {
    if (amountPico === 0n) this.unsent.delete(key);
    else this.unsent.set(key, { ...amount, amountPico });
  }
}

/** Names a window in Redis. */
export function windowName({ scope, id, window }: BudgetWindow): string {
  return `${scope}|${String(window.startMs)}|${String(window.endMs)}|${id}`;
}

function keyOf(amount: BudgetWindow & Pick<PoolAmount, 'pool' | 'isTaken'>): string {
  return `${amount.pool.name} ${String(amount.isTaken)} ${windowName(amount)}`;
}

function smaller(a: PicoUsd, b: PicoUsd): PicoUsd {
  return a < b ? a : b;
}

function larger(a: PicoUsd, b: PicoUsd): PicoUsd {
  return a < b ? b : a;
}
