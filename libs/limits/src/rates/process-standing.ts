import {
  CELLS,
  CELL_MS,
  type Declared,
  type RateExchange,
  type RateExchanged,
  type Standing,
  type TimedExchanged,
} from './rate-ledger.js';

/** Time of a ledger, as it was heard. */
interface HeardTime {
  readonly ledgerMs: number;
  readonly atMs: number;
}

/**
 * All that this process has of the ledger that counts, so that it can be declared to another one. Cells that the process knows
 * keep their numbers when the ledger changes. Instants are of a monotonic clock.
 */
export class ProcessStanding {
  private readonly units = new Map<string, Map<number, number>>();
  private readonly slots = new Map<string, number>();
  /** What the cells of the ledger have more than those that the process knows. */
  private offset = 0;
  private time: HeardTime | null = null;

  /** Returns the exchange with the cells of the ledger. */
  outgoing(exchange: RateExchange): RateExchange {
    const { offset } = this;
    const returns = exchange.returns.map((one) =>
      one.cell === null ? one : { ...one, cell: one.cell + offset },
    );
    return { ...exchange, returns };
  }

  /**
   * Counts what an exchange has changed, and returns its result with the cells that the process knows.
   * @param exchange as it went out
   * @param atMs when the result came
   */
  note(exchange: RateExchange, result: TimedExchanged, atMs: number): RateExchanged {
    this.time = { ledgerMs: result.nowMs, atMs };
    const now = Math.floor(result.nowMs / CELL_MS);
    for (const { counter, cell, amount } of exchange.returns)
      this.add(counter, amount < 0 ? now : (cell ?? now), -amount);
    const held = new Map(exchange.asks.map(({ counter, heldSlots }) => [counter, heldSlots]));
    for (const { counter, cell, granted } of result.grants) {
      const own = held.get(counter) ?? null;
      if (own === null) this.add(counter, cell, granted);
      else if (own + granted > 0) this.slots.set(counter, own + granted);
      else this.slots.delete(counter);
    }
    this.forget(now);
    const grants = result.grants.map((one) => ({ ...one, cell: one.cell - this.offset }));
    return { grants, admitted: result.admitted, replicas: result.replicas };
  }

  /** Returns all of it, to be declared now. */
  at(nowMs: number): Standing {
    const { time } = this;
    const units = [...this.units].flatMap(([counter, cells]) =>
      [...cells].map(([cell, amount]) => ({ counter, cell, amount })),
    );
    const slots = [...this.slots].map(([counter, held]) => ({ counter, slots: held }));
    return { asOfMs: time === null ? null : time.ledgerMs + nowMs - time.atMs, units, slots };
  }

  /** Goes on with the ledger to which all of it was declared. */
  moved({ shift, nowMs }: Declared, atMs: number): void {
    this.time = { ledgerMs: nowMs, atMs };
    this.offset += shift;
    if (shift === 0) return;
    for (const [counter, cells] of this.units)
      this.units.set(counter, new Map([...cells].map(([cell, one]) => [cell + shift, one])));
  }

  private add(counter: string, cell: number, amount: number): void {
    const cells = this.units.get(counter) ?? new Map<number, number>();
    const left = Math.max(0, (cells.get(cell) ?? 0) + amount);
    if (left > 0) this.units.set(counter, cells.set(cell, left));
    else cells.delete(cell);
  }

  private forget(now: number): void {
    for (const [counter, cells] of this.units) {
      for (const cell of cells.keys()) if (cell <= now - CELLS) cells.delete(cell);
      if (cells.size === 0) this.units.delete(counter);
    }
  }
}
