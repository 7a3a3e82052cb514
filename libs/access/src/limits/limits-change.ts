import type { BudgetRestart, Limits, ModelMoneyLimit, MoneyLimit } from './limits.js';

/** A cap as a request names it; the clock says since when its duration counts. */
type Unanchored<Cap extends MoneyLimit> = Omit<Cap, 'since'>;

/** Limits that a request names. An absent member leaves what a row has, `null` clears it. */
export interface NamedLimits {
  readonly maxBudget?: string | null;
  readonly duration?: string | null;
  /** The caps beside `max_budget`. */
  readonly furtherBudgets?: readonly (Unanchored<MoneyLimit> & { duration: string })[] | null;
  readonly modelBudgets?: Readonly<Record<string, Unanchored<ModelMoneyLimit>>> | null;
  /** US dollars that count as spent in the window of `max_budget`, which begins anew. */
  readonly spent?: string | null;
  /** ISO instant at which the window of `max_budget` begins anew; `null`: at none in the future. */
  readonly resetAt?: string | null;
  readonly softBudget?: Limits['softBudget'] | null;
  readonly budgetId?: Limits['budgetId'] | null;
  readonly temporaryIncrease?: Limits['temporaryIncrease'] | null;
  readonly requestsPerMinute?: number | null;
  readonly tokensPerMinute?: number | null;
  readonly maxParallelRequests?: number | null;
  readonly requestsType?: Limits['requestsType'] | null;
  readonly tokensType?: Limits['tokensType'] | null;
  readonly modelRequestsPerMinute?: Limits['modelRequestsPerMinute'] | null;
  readonly modelTokensPerMinute?: Limits['modelTokensPerMinute'] | null;
  readonly unpricedModels?: Limits['unpricedModels'] | null;
  readonly members?: NamedLimits;
}

/** What becomes of a row's limits at an instant. */
export type LimitsChange = (current: Limits, now: Date) => Limits;

/** What becomes of a row's metadata. */
export type MetadataChange = (current: object) => object;

/** Values of a row, in which the limits and the metadata may follow from those that it has. */
export type WithLimitsChange<Values extends { readonly limits: Limits }> = Partial<
  Omit<Values, 'limits' | 'metadata'>
> & { readonly limits?: Limits | LimitsChange; readonly metadata?: object | MetadataChange };

/** Members that a request replaces as they are. */
const REPLACED = [
  'softBudget',
  'budgetId',
  'temporaryIncrease',
  'requestsPerMinute',
  'tokensPerMinute',
  'maxParallelRequests',
  'requestsType',
  'tokensType',
  'modelRequestsPerMinute',
  'modelTokensPerMinute',
  'unpricedModels',
] as const satisfies readonly (keyof Limits & keyof NamedLimits)[];

/**
 * Returns the limits that a row has after a request. A duration counts from now on where the request changes it, and where it
 * does not, from the instant at which it was set, so that what was spent in a window stays counted in it.
 */
export function changedLimits(current: Limits, named: NamedLimits, now: Date): Limits {
  const since = now.toISOString();
  const replaced = REPLACED.map((name) => [
    name,
    named[name] === undefined ? current[name] : named[name],
  ]);
  const members = named.members && changedLimits(current.members ?? {}, named.members, now);
  return withoutEmpty({
    ...(Object.fromEntries(replaced) as Limits),
    ...moneyAfter(current, named, since),
    restarts: restartsAfter(current, named, now),
    modelBudgets: modelBudgetsAfter(current, named, since),
    members: members ?? current.members,
  });
}

/**
 * Returns the values that a row gets from a change.
 * @param row the row; of a new one, what it has without the change
 */
export function valuesAfter<Values extends { readonly limits: Limits }>(
  row: { readonly limits: Limits; readonly metadata?: object },
  changes: WithLimitsChange<Values>,
  now: Date,
): Partial<Values> {
  const { limits, metadata, ...others } = changes;
  const after = {
    limits: typeof limits === 'function' ? limits(row.limits, now) : limits,
    metadata: isMetadataChange(metadata) ? metadata(row.metadata ?? {}) : metadata,
  };
  const known = Object.entries(after).filter(([, value]) => value !== undefined);
  return Object.assign({}, others, Object.fromEntries(known)) as object;
}

function isMetadataChange(metadata: object | undefined): metadata is MetadataChange {
  return typeof metadata === 'function';
}

function moneyAfter(current: Limits, named: NamedLimits, since: string): Limits {
  const main = mainOf(current);
  const maxBudget = named.maxBudget === undefined ? main.maxBudget : named.maxBudget;
  const duration = named.duration === undefined ? main.duration : named.duration;
  const rule = {
    duration,
    since: duration === main.duration && main.since !== null ? main.since : since,
  };
  const further = furtherAfter(current, named, since);
  return {
    budgets: [...(maxBudget === null ? [] : [{ maxBudget, ...rule }]), ...further],
    ...(maxBudget !== null && { hasMainBudget: true }),
    ...(maxBudget === null && duration !== null && { duration: rule }),
  };
}

/** Of those in the past the last one alone has an effect. */
function restartsAfter(
  { restarts = [] }: Limits,
  { spent, resetAt }: NamedLimits,
  now: Date,
): readonly BudgetRestart[] {
  const isPast = ({ at }: BudgetRestart): boolean => Date.parse(at) <= now.getTime();
  const begun = typeof spent === 'string' ? [{ at: now.toISOString(), spent }] : [];
  const past = [...restarts.filter(isPast), ...begun].slice(-1);
  const future = typeof resetAt === 'string' ? [{ at: resetAt, spent: '0' }] : [];
  return [...past, ...(resetAt === undefined ? restarts.filter((one) => !isPast(one)) : future)];
}

/** `max_budget` and its duration. */
function mainOf(limits: Limits): {
  readonly maxBudget: string | null;
  readonly duration: string | null;
  readonly since: string | null;
} {
  const [first] = limits.hasMainBudget === true ? (limits.budgets ?? []) : [];
  return first ?? { duration: null, since: null, ...limits.duration, maxBudget: null };
}

function furtherAfter(
  current: Limits,
  { furtherBudgets: named }: NamedLimits,
  since: string,
): readonly MoneyLimit[] {
  const before = (current.budgets ?? []).slice(current.hasMainBudget === true ? 1 : 0);
  if (named === undefined) return before;
  return (named ?? []).map((cap) => ({
    ...cap,
    since: before.find(({ duration }) => duration === cap.duration)?.since ?? since,
  }));
}

function modelBudgetsAfter(
  { modelBudgets: before }: Limits,
  { modelBudgets: named }: NamedLimits,
  since: string,
): Limits['modelBudgets'] {
  if (named === undefined) return before;
  return Object.fromEntries(
    Object.entries(named ?? {}).map(([model, cap]) => {
      const old = before?.[model];
      return [model, { ...cap, since: old?.duration === cap.duration ? old.since : since }];
    }),
  );
}

/** Without members that limit nothing: `null`, and lists and objects without members. */
function withoutEmpty(limits: {
  readonly [Name in keyof Limits]: Limits[Name] | null | undefined;
}): Limits {
  const members = Object.entries(limits).filter(
    ([, value]) =>
      value !== undefined &&
      value !== null &&
      (typeof value !== 'object' || Object.keys(value).length > 0),
  );
  return Object.fromEntries(members);
}
