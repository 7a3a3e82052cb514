import { WINDOW_MS } from '#libs/common';

/** One counter that a process asks about. */
export interface RateAsk {
  readonly counter: string;
  readonly limit: number;
  /** Slots that this process has and keeps; `null` for requests and tokens, whose units end with the window. */
  readonly heldSlots: number | null;
  /** Units that this process still has of earlier grants. They are used first. */
  readonly inHand: number;
  /** Units that may come besides those of the requests, where the limit is far. */
  readonly want: number;
}

/** What a request takes of one counter, of which there is an ask. */
export interface RateDemand {
  readonly counter: string;
  readonly amount: number;
}

/** Units of a counter that were granted and not used; a negative amount was used without a grant. */
export interface RateReturn {
  readonly counter: string;
  /** Of the grant; `null` for the present one. */
  readonly cell: number | null;
  readonly amount: number;
}

/** What a process tells the ledger at once. */
export interface RateExchange {
  readonly asks: readonly RateAsk[];
  /** Requests that wait, the first first. */
  readonly requests: readonly (readonly RateDemand[])[];
  readonly returns: readonly RateReturn[];
}

/** The answer to one {@link RateAsk}. */
export interface RateGrant {
  readonly counter: string;
  readonly granted: number;
  /** Names the grant in a {@link RateReturn}. */
  readonly cell: number;
  /** Units of all processes that count now, with these. */
  readonly used: number;
  /** The units that count by the milliseconds after which they do not, the first to go first. Empty for slots. */
  readonly leaving: readonly (readonly [afterMs: number, amount: number])[];
}

/** The result of an exchange. */
export interface RateExchanged {
  readonly grants: readonly RateGrant[];
  /** Of each request, whether there is enough for all that it takes. */
  readonly admitted: readonly boolean[];
  /** Processes that use the ledger now, this one included. */
  readonly replicas: number;
}

/** A process may use what was granted for five seconds. */
export const GRANT_LIFE_MS = 5_000;
/** Grants are counted by the second of the ledger's clock in which they were made. */
export const CELL_MS = 1_000;
/** Cells for which a grant counts: its own, the time in which it may be used, and the window. */
export const CELLS = (GRANT_LIFE_MS + WINDOW_MS) / CELL_MS + 1;
/** Slots of a process that was not heard of for 20 seconds are free. */
export const HOLDER_LIFE_MS = 20_000;

/** The counters of all processes together. A unit of requests or tokens counts from its grant for at least 60 seconds after its last use. */
export interface RateLedger {
  /**
   * Gives units back and takes others, in one step. At most one runs in a process.
   * @throws when the ledger cannot be reached; it is unknown then whether the step was done
   */
  exchange(exchange: RateExchange): Promise<RateExchanged>;
  /** Gives up what this process holds. */
  leave(): Promise<void>;
}

/** Units of one counter that were granted in one cell. */
export interface CellUnits {
  readonly counter: string;
  readonly cell: number;
  readonly amount: number;
}

/** Slots of one counter that a process has. */
export interface HeldSlots {
  readonly counter: string;
  readonly slots: number;
}

/** All that one process has of a ledger. */
export interface Standing {
  /** Time of the ledger that the cells are from, in milliseconds; `null` where there are none. */
  readonly asOfMs: number | null;
  readonly units: readonly CellUnits[];
  readonly slots: readonly HeldSlots[];
}

/** The result of {@link SwitchedLedger.declare}. */
export interface Declared {
  /** To be added to the cells of the standing for those that they have in this ledger. */
  readonly shift: number;
  readonly nowMs: number;
}

/** A ledger that can take over from another one. */
export interface SwitchedLedger extends RateLedger {
  exchange(exchange: RateExchange): Promise<TimedExchanged>;
  /**
   * Enters what this process has of the ledger before, in place of all that it has of this one. A unit counts for as long as it
   * would have there, or up to a second longer.
   */
  declare(standing: Standing): Promise<Declared>;
}

/** {@link RateExchanged} with the time of the ledger in milliseconds. */
export interface TimedExchanged extends RateExchanged {
  readonly nowMs: number;
}

/** Returns how many cells of one ledger's clock are added for those of another one, so that no unit leaves early. */
export function shiftOf(asOfMs: number | null, nowMs: number): number {
  return asOfMs === null ? 0 : Math.ceil((nowMs - asOfMs) / CELL_MS);
}

/** The part of what is left that may be granted besides what is needed, so that idle grants hide little from other processes. */
export const SPARE_PART = 16;

/** Units for requests that wait. */
export interface Allotment {
  readonly admitted: readonly boolean[];
  /** Units to be granted, by counter. */
  readonly granted: ReadonlyMap<string, number>;
}

/**
 * Decides about requests in their order: one takes of all its counters, or of none.
 * @param left units of each counter that no process has
 */
export function allot(
  asks: readonly RateAsk[],
  requests: readonly (readonly RateDemand[])[],
  left: ReadonlyMap<string, number>,
): Allotment {
  const free = new Map(
    asks.map(({ counter, inHand }) => [counter, inHand + Math.max(0, left.get(counter) ?? 0)]),
  );
  const taken = new Map<string, number>();
  const admitted = requests.map((demands) => {
    if (demands.some(({ counter, amount }) => amount > (free.get(counter) ?? 0))) return false;
    for (const { counter, amount } of demands) {
      free.set(counter, (free.get(counter) ?? 0) - amount);
      taken.set(counter, (taken.get(counter) ?? 0) + amount);
    }
    return true;
  });
  const granted = new Map(
    asks.map((ask) => {
      const needed = Math.max(0, (taken.get(ask.counter) ?? 0) - ask.inHand);
      return [ask.counter, needed + spareOf(ask, (left.get(ask.counter) ?? 0) - needed)];
    }),
  );
  return { admitted, granted };
}

/** Nothing is spared once half of the limit is taken: every request asks then, and none is refused for idle grants. */
function spareOf({ limit, want }: RateAsk, left: number): number {
  return 2 * left < limit ? 0 : Math.max(0, Math.min(want, Math.floor(left / SPARE_PART)));
}
