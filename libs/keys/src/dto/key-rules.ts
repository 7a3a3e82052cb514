import { budgetDays, usdTextOf, type BudgetValuesResponse, type Plain } from '#libs/access';
import { GatehouseError, parseUsd } from '#libs/common';
import type { KeyBounds, KeyDefaults } from '#libs/config';
import { endOfDuration } from '../entities/key-duration.js';
import type { KeyValuesRequest } from './key-values.request.js';

/** The members that have an upper bound. */
const BOUNDED = {
  max_budget: 'maxBudget',
  budget_duration: 'budgetDuration',
  tpm_limit: 'tokensPerMinute',
  rpm_limit: 'requestsPerMinute',
  max_parallel_requests: 'maxParallelRequests',
  duration: 'duration',
} as const satisfies Readonly<Record<string, keyof KeyBounds>>;

type BoundedName = keyof typeof BOUNDED;

type Filled = Partial<KeyValuesRequest>;

/** Returns a request with some members replaced. */
export function withMembers<Request extends KeyValuesRequest>(
  request: Request,
  members: Partial<KeyValuesRequest>,
): Request {
  return Object.assign({}, request, members);
}

/** The limits of the budget that a request names; `null` for none. */
export type NamedBudget = Plain<BudgetValuesResponse> | null;

/**
 * Returns a request of a new key, completed by the configured values for members that neither it nor its budget states. An
 * explicit `budget_duration` of null stays: such a budget never begins anew.
 */
export function withKeyDefaults<Request extends KeyValuesRequest>(
  request: Request,
  defaults: KeyDefaults,
  named: NamedBudget,
): Request {
  const { models, metadata, budget_duration: ownDuration } = request;
  const limits: Filled = {
    max_budget: defaults.maxBudget,
    soft_budget: defaults.softBudget,
    tpm_limit: defaults.tokensPerMinute,
    rpm_limit: defaults.requestsPerMinute,
    max_parallel_requests: defaults.maxParallelRequests,
    ...(ownDuration === undefined && { budget_duration: defaults.budgetDuration }),
  };
  const unstated = Object.entries(limits).filter(
    ([name]) => (named?.[name as keyof BudgetValuesResponse] ?? null) === null,
  );
  const values = { ...Object.fromEntries(unstated), duration: defaults.duration };
  return withMembers(filled(request, values), {
    ...(isEmpty(models) && defaults.models !== null && { models: [...defaults.models] }),
    ...(isEmpty(metadata) && defaults.metadata !== null && { metadata: { ...defaults.metadata } }),
  });
}

/**
 * Returns a request of a new key within the configured bounds: a bound is the value of a member that neither the request nor
 * its budget states, and of one that the budget states too high.
 * @throws GatehouseError `request_invalid` for a value above its bound
 */
export function newKeyWithin<Request extends KeyValuesRequest>(
  request: Request,
  bounds: KeyBounds,
  named: NamedBudget,
): Request {
  refuseAbove(request, bounds);
  refuseIncrease(request, bounds);
  const stated = (name: BoundedName): unknown =>
    named === null || name === 'duration' ? null : named[name];
  const values = eachBound(bounds)
    .filter(([name, bound]) => {
      const value = stated(name);
      return value === null || isAbove(name, value, bound);
    })
    .map(([name, bound]) => [name, bound]);
  return filled(request, Object.fromEntries(values) as Filled);
}

/**
 * Returns a request that changes a key within the configured bounds: null is the bound.
 * @throws GatehouseError `request_invalid` for a value above its bound
 */
export function keyChangesWithin<Request extends KeyValuesRequest>(
  request: Request,
  bounds: KeyBounds,
): Request {
  refuseAbove(request, bounds);
  const cleared = eachBound(bounds).filter(([name]) => request[name] === null);
  return withMembers(request, Object.fromEntries(cleared));
}

function refuseAbove(request: KeyValuesRequest, bounds: KeyBounds): void {
  for (const [name, bound] of eachBound(bounds)) {
    const value = request[name] ?? null;
    if (value !== null && isAbove(name, value, bound)) throw aboveBound(name, bound);
  }
}

/** A budget and its increase count together: an increase may last for ever. */
function refuseIncrease(request: KeyValuesRequest, { maxBudget: bound }: KeyBounds): void {
  const { max_budget: amount, temp_budget_increase: increase, metadata } = request;
  const added = increase ?? metadata?.['temp_budget_increase'] ?? null;
  if (bound === null || added === null) return;
  if (picoOf(amount ?? bound) + picoOf(added) <= parseUsd(bound)) return;
  throw aboveBound('temp_budget_increase', bound, 'max_budget and temp_budget_increase together');
}

function isAbove(name: BoundedName, value: unknown, bound: string | number): boolean {
  switch (name) {
    case 'max_budget':
      return picoOf(value) > picoOf(bound);
    case 'budget_duration':
      return budgetDays(String(value)) > budgetDays(String(bound));
    case 'duration':
      return endOf(value) > endOf(bound);
    default:
      return Number(value) > Number(bound);
  }
}

function eachBound(bounds: KeyBounds): [BoundedName, string | number][] {
  return (Object.keys(BOUNDED) as BoundedName[]).flatMap((name) => {
    const bound = bounds[BOUNDED[name]];
    return bound === null ? [] : [[name, bound] as [BoundedName, string | number]];
  });
}

function aboveBound(param: string, bound: string | number, subject = param): GatehouseError {
  return new GatehouseError('request_invalid', {
    message: `${subject} must be at most ${String(bound)}: litellm_settings.upperbound_key_generate_params.`,
    param,
  });
}

/** Fills members that a request leaves out or null. */
function filled<Request extends KeyValuesRequest>(request: Request, values: Filled): Request {
  const missing = Object.entries(values).filter(
    ([name, value]) => value !== null && (request[name as keyof Filled] ?? null) === null,
  );
  return withMembers(request, Object.fromEntries(missing));
}

function isEmpty(value: object | null | undefined): boolean {
  return Object.keys(value ?? {}).length === 0;
}

function picoOf(value: unknown): bigint {
  return parseUsd(usdTextOf(value) ?? '0');
}

const FROM = new Date(0);

/** Every duration from one instant on, so that the outcome does not depend on the month. */
function endOf(duration: unknown): number {
  return endOfDuration(String(duration), FROM)?.getTime() ?? Infinity;
}
