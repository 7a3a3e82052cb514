import type { Limits } from './limits.js';
import type { NamedLimits } from './limits-change.js';

/** The rates that have a type, with their members for all models and by model. */
const RATES = [
  ['requestsType', 'requestsPerMinute', 'modelRequestsPerMinute', 'rpm_limit'],
  ['tokensType', 'tokensPerMinute', 'modelTokensPerMinute', 'tpm_limit'],
] as const;

/** An allocation that is larger than the limit of the owner. */
export interface OverAllocation {
  /** The member at fault: `rpm_limit`, `tpm_limit`, or one by model. */
  readonly member: string;
  /** `null` for a limit of all models together. */
  readonly model: string | null;
  readonly allocated: number;
  readonly limit: number;
}

/** Whether limits promise what their owner has to bear. */
export function isGuaranteed(limits: Limits | undefined): boolean {
  return RATES.some(([type]) => limits?.[type] === 'guaranteed_throughput');
}

/**
 * Returns the first guaranteed limit of a row that does not fit into that of its owner; `null` when all fit.
 * @param owner limits of the team, or of the organisation
 * @param all limits of every row of the owner, this one included
 */
export function overAllocationOf(
  own: Limits,
  owner: Limits,
  all: readonly Limits[],
): OverAllocation | null {
  for (const [type, rate, byModel, name] of RATES) {
    if (own[type] !== 'guaranteed_throughput') continue;
    const sum = all.reduce((total, one) => total + (one[rate] ?? 0), 0);
    const found = own[rate] === undefined ? null : excess(name, null, [sum, owner[rate]]);
    if (found !== null) return found;
    for (const model of Object.keys(own[byModel] ?? {})) {
      const ofModel = all.reduce((total, one) => total + (one[byModel]?.[model] ?? 0), 0);
      const limit = owner[byModel]?.[model] ?? owner[rate];
      const over = excess(`model_${name}`, model, [ofModel, limit]);
      if (over !== null) return over;
    }
  }
  return null;
}

/**
 * Returns the name of the rate, `rpm_limit` or `tpm_limit`, whose type a request names although the row has no such limit;
 * `null` for none. The default type asks for nothing, a budget by name may bring the limit, and `dynamic` is about no limit by model.
 * @param after limits of the row after the request
 */
export function typeOfNothing(named: NamedLimits, after: Limits): string | null {
  if (after.budgetId !== undefined) return null;
  for (const [type, rate, byModel, name] of RATES) {
    const asked = named[type] ?? 'best_effort_throughput';
    if (asked === 'best_effort_throughput') continue;
    const hasLimitByModel = asked !== 'dynamic' && after[byModel] !== undefined;
    if (after[rate] === undefined && !hasLimitByModel) return name;
  }
  return null;
}

function excess(
  member: string,
  model: string | null,
  [allocated, limit]: readonly [number, number | undefined],
): OverAllocation | null {
  return limit === undefined || allocated <= limit ? null : { member, model, allocated, limit };
}
