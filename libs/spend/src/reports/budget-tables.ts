import { Injectable, Logger, Optional } from '@nestjs/common';
import { completedLimits, NamedBudgets, toBudgetValues, type Limits } from '#libs/access';
import { within } from '#libs/common';
import { ResetTimes } from './reset-times.js';

/** Time that a response waits for budgets that are not in memory. */
const LIMIT_MS = 2_000;

/** Returns limits, completed by the budget that they name, as a row of LiteLLM's budgets. */
export type BudgetTable = (limits: Limits) => object;

/** Returns limits, completed by the budget that they name. */
type Completion = (limits: Limits) => Limits;

/** Shows limits where LiteLLM has `litellm_budget_table`. */
@Injectable()
export class BudgetTables {
  private readonly logger = new Logger('BudgetTables');

  constructor(
    private readonly resetTimes: ResetTimes,
    @Optional() private readonly budgets?: NamedBudgets,
  ) {}

  /**
   * Returns what shows each of these limits. Never rejects, because an answer may be about a change that is committed: a
   * budget that cannot be read now is shown without its values, with a warning in the log.
   * @param shown limits of the rows that an answer shows
   */
  async of(shown: readonly (Limits | undefined)[]): Promise<BudgetTable> {
    const complete = await this.completing(shown);
    const resetTime = this.resetTimes.now();
    return (limits) => ({
      budget_id: limits.budgetId ?? null,
      ...toBudgetValues(complete(limits), resetTime),
    });
  }

  /** Returns what completes each of these limits. Never rejects; see {@link of}. */
  async completing(shown: readonly (Limits | undefined)[]): Promise<Completion> {
    const named = await this.read(new Set(shown.flatMap((limits) => limits?.budgetId ?? [])));
    return (limits) => completedLimits(limits, named.get(limits.budgetId ?? '') ?? {});
  }

  private async read(budgetIds: ReadonlySet<string>): Promise<ReadonlyMap<string, Limits>> {
    const found = new Map<string, Limits>();
    const reading = Promise.all(
      [...budgetIds].map(async (budgetId) => {
        const budget = await this.budgets?.find(budgetId);
        if (budget) found.set(budgetId, budget.limits);
      }),
    );
    try {
      if (await within(LIMIT_MS, reading)) return found;
      this.logger.warn('budgets are shown without their values: reading them took too long');
    } catch (error) {
      this.logger.warn(`budgets are shown without their values: ${String(error)}`);
    }
    return found;
  }
}
