import type { RateClaim } from './rate-claims.js';

/** The state of one counter, as a request that takes of it finds it. */
export interface RateState {
  readonly claim: RateClaim;
  /** Units that can be taken now. */
  readonly remaining: number;
  /** Milliseconds until all of the limit can be taken again, if nothing is taken meanwhile. */
  readonly resetMs: number;
}

/** The limit that keeps a request from being admitted. */
export interface RateRefusal extends RateState {
  /** Milliseconds until the request fits; `null` when it never does, and for parallel requests, whose end is not known. */
  readonly waitMs: number | null;
}

/** What a request has taken, all of it or nothing. */
export interface RateTicket {
  /** The counters, after it was taken. */
  readonly states: readonly RateState[];
  /** Ends the request: its tokens take the place of what was expected, and its parallel slots are free. Called once. */
  release(tokens: number): void;
  /** Gives everything back, as if there had been no request. Called once, in place of {@link release}. */
  cancel(): void;
  /** Returns tickets of its first claims and of the others, to be ended in its place. */
  split(count: number): readonly [RateTicket, RateTicket];
}

/** What was taken of one counter. */
export interface TakenRate {
  readonly state: RateState;
  /**
   * Puts what was used in the place of what was taken.
   * @param tokens that were used; `null` when there was no request
   */
  readonly end: (tokens: number | null) => void;
}

/** Returns the ticket of what was taken of some counters. */
export function ticketOf(taken: readonly TakenRate[]): RateTicket {
  const end = (tokens: number | null): void => {
    for (const one of taken) one.end(tokens);
  };
  return {
    states: taken.map(({ state }) => state),
    release: end,
    cancel: () => {
      end(null);
    },
    split: (count) => [ticketOf(taken.slice(0, count)), ticketOf(taken.slice(count))],
  };
}

/** The result of an attempt to take. */
export type RateResult =
  | { readonly ticket: RateTicket; readonly refusal: null }
  | { readonly ticket: null; readonly refusal: RateRefusal };

/** The counters of rate limits. */
export abstract class RateCounters {
  /** Takes of all counters, or of none. Returns a promise only where the answer is not in memory. */
  abstract take(claims: readonly RateClaim[]): RateResult | Promise<RateResult>;
  /**
   * Returns false where the last that was heard of a counter leaves too little, so that {@link look} is worth a question before
   * anything else is held for the request.
   */
  abstract mayFit(claims: readonly RateClaim[]): boolean;
  /** Returns what {@link take} would find now, and takes nothing. */
  abstract look(claims: readonly RateClaim[]): RateRefusal | null | Promise<RateRefusal | null>;
  /** Returns the units of a counter that count now, of all processes as far as this one has heard. Asks no other process. */
  abstract used(counter: Pick<RateClaim, 'counter' | 'type'>): number;
}
