import type { LeaseAnswer, LeaseAsk } from './lease-source.js';
import type { BudgetWindow } from './money-claims.js';
import { windowName } from './pool-moves.js';

/** A refusal of PostgreSQL to a group of windows, of which other processes hold something. */
interface Refused {
  readonly answer: LeaseAnswer;
  readonly untilMs: number;
}

/** For how long a refusal of PostgreSQL holds for those that look at the pool meanwhile. */
const REFUSAL_MS = 100;

/** The refusals of PostgreSQL of a moment ago: groups of windows that look at the pool get them again. */
export class PoolRefusals {
  private refused = new Map<string, Refused>();

  /** Notes the refusals among some answers. */
  note(groups: readonly (readonly LeaseAsk[])[], answers: readonly LeaseAnswer[]): void {
    const untilMs = performance.now() + REFUSAL_MS;
    for (const [place, { refusal }] of answers.entries()) {
      if (refusal === null || refusal.othersPico === 0n) continue;
      // What it knows of the window is not true any more.
      const answer = { grantedPico: null, refusal: { ...refusal, facts: null } };
      this.refused.set(namesOf(groups[place] ?? []), { answer, untilMs });
    }
  }

  /** Returns the refusal of a group; `null` when it may ask again. */
  of(group: readonly BudgetWindow[]): LeaseAnswer | null {
    const known = this.refused.get(namesOf(group));
    return known !== undefined && performance.now() < known.untilMs ? known.answer : null;
  }

  /** Forgets all of them. */
  forget(): void {
    this.refused = new Map();
  }
}

function namesOf(group: readonly BudgetWindow[]): string {
  return group.map(windowName).join('\n');
}
