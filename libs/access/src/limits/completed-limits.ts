import type { Limits, MoneyLimit } from './limits.js';

/** The last completion of limits. Rows are frozen, so that limits are the same object until their row changes. */
const completions = new WeakMap<Limits, { readonly named: Limits; readonly completed: Limits }>();

/** Returns the limits of a row, completed by those of the budget that it names: a value of the row wins. */
export function completedLimits(own: Limits, named: Limits): Limits {
  const known = completions.get(own);
  if (known?.named === named) return known.completed;
  const completed = { ...named, ...own, ...budgetsOf(own, named), ...restartsOf(own, named) };
  completions.set(own, { named, completed });
  return completed;
}

/** The main budget and the further ones are completed apart. */
function budgetsOf(own: Limits, named: Limits): Pick<Limits, 'budgets' | 'hasMainBudget'> {
  const main = mainOf(own) ?? withDuration(mainOf(named), own);
  const further = furtherOf(own).length > 0 ? furtherOf(own) : furtherOf(named);
  if (main === undefined) return further.length === 0 ? {} : { budgets: further };
  return { budgets: [main, ...further], hasMainBudget: true };
}

/** What begins the windows of the budget anew does so for every row that names it. */
function restartsOf(own: Limits, named: Limits): Pick<Limits, 'restarts'> {
  const restarts = [...(named.restarts ?? []), ...(own.restarts ?? [])];
  return restarts.length === 0 ? {} : { restarts };
}

function mainOf({ budgets, hasMainBudget }: Limits): MoneyLimit | undefined {
  return hasMainBudget === true ? budgets?.[0] : undefined;
}

function furtherOf({ budgets = [], hasMainBudget }: Limits): readonly MoneyLimit[] {
  return hasMainBudget === true ? budgets.slice(1) : budgets;
}

/** A duration that the row states without an amount holds for the amount of the budget. */
function withDuration(main: MoneyLimit | undefined, { duration }: Limits): MoneyLimit | undefined {
  return main === undefined ? undefined : { ...main, ...duration };
}
