import { completedLimits, type Limits, type MoneyLimit } from '#libs/access';

/** The last result for limits of a member. Rows are frozen, so that limits are the same object until their row changes. */
const results = new WeakMap<Limits, { readonly ofTeam: Limits; readonly limits: Limits }>();

/**
 * Returns the limits of a member: each of its own, and of those that it has not what the team has for its members. An amount
 * without a duration has the duration of the team.
 */
export function memberLimitsIn(team: Limits | undefined, own: Limits): Limits {
  const ofTeam = team?.members;
  if (ofTeam === undefined) return own;
  if (Object.keys(own).length === 0) return ofTeam;
  const known = results.get(own);
  if (known?.ofTeam === ofTeam) return known.limits;
  const limits = completedLimits(withDurationOf(ofTeam, own), ofTeam);
  results.set(own, { ofTeam, limits });
  return limits;
}

function withDurationOf(ofTeam: Limits, own: Limits): Limits {
  const rule = mainOf(ofTeam) ?? ofTeam.duration;
  const [main, ...further] = own.budgets ?? [];
  if (rule === undefined || main === undefined || mainOf(own)?.duration !== null) return own;
  const { duration, since } = rule;
  return { ...own, budgets: [{ ...main, duration, since }, ...further] };
}

function mainOf({ budgets, hasMainBudget }: Limits): MoneyLimit | undefined {
  return hasMainBudget === true ? budgets?.[0] : undefined;
}
