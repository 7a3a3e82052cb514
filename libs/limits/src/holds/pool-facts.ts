import type { PicoUsd } from '#libs/common';
import type { LeaseAmount, LeaseAnswer, LeaseAsk, LeaseFacts } from './lease-source.js';
import type { BudgetWindow } from './money-claims.js';
import { windowName, type PoolMoves } from './pool-moves.js';

/** Facts of PostgreSQL, which counts everything of pools as leased by others, and what is in the pool. */
interface PoolFacts {
  readonly window: BudgetWindow;
  readonly facts: LeaseFacts;
  readonly leftPico: PicoUsd;
}

/** A group of windows that PostgreSQL was asked for, and what is left of them in the pool. */
export interface AskedGroup {
  readonly asks: readonly LeaseAsk[];
  readonly leftPico: readonly PicoUsd[];
}

/**
 * Returns what is known of a window: what this process has of pools is its own, and what nothing holds is of the pool.
 * @param moves of the instant of the facts
 */
export function withPool({ window, facts, leftPico }: PoolFacts, moves: PoolMoves): LeaseFacts {
  const { takenPico, freePico } = moves.of(window);
  const pooledPico = freePico + leftPico;
  const othersPico = facts.othersPico - takenPico - pooledPico;
  return {
    ...facts,
    ownPico: facts.ownPico + takenPico,
    othersPico: othersPico > 0n ? othersPico : 0n,
    pooledPico,
  };
}

/** Returns answers of PostgreSQL, whose refusals have what is known of pools, too. */
export function withPools(
  answers: readonly LeaseAnswer[],
  groups: readonly AskedGroup[],
  moves: PoolMoves,
): LeaseAnswer[] {
  return answers.map((answer, place) => {
    const { refusal } = answer;
    const { asks = [], leftPico = [] } = groups[place] ?? {};
    const window = refusal === null ? undefined : asks[refusal.place];
    if (window === undefined || !refusal?.facts) return answer;
    const found = { window, facts: refusal.facts, leftPico: leftPico[refusal.place] ?? 0n };
    return { grantedPico: null, refusal: { ...refusal, facts: withPool(found, moves) } };
  });
}

/** Returns the sum of the amounts of one window. */
export function sumOf(amounts: readonly LeaseAmount[], window: BudgetWindow): PicoUsd {
  const name = windowName(window);
  return amounts
    .filter((one) => windowName(one) === name)
    .reduce((sum, { amountPico }) => sum + amountPico, 0n);
}
