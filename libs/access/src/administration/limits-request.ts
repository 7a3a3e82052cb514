import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { GatehouseError } from '#libs/common';
import { usdTextOf } from '../limits/limit-values.js';
import { typeOfNothing } from '../limits/guaranteed-limits.js';
import type { Limits } from '../limits/limits.js';
import { changedLimits, type LimitsChange, type NamedLimits } from '../limits/limits-change.js';
import { modelBudgetsOf, ratesFault, windowsOf } from './limit-maps.js';
import {
  BudgetDurationMember,
  BudgetResetMember,
  BudgetWindowsMember,
  HasNoFault,
  ModelBudgetsMember,
  ModelRatesMember,
  RateMember,
  UnpricedModelsMember,
  UsdMember,
} from './limit-member.decorator.js';
import { instantOf } from '../limits/instant.js';
import { IsMetadata, OptionalIdentity } from './request-member.decorator.js';

type Metadata = Record<string, unknown>;

/** The limits that every budget may have, and everything that has a budget of its own. */
export abstract class BudgetValuesRequest {
  @UsdMember('US dollars that may be spent; 0: nothing.')
  max_budget?: number | string | null;

  @UsdMember('US dollars from which on alerts are sent; refuses nothing.')
  soft_budget?: number | string | null;

  @BudgetDurationMember()
  budget_duration?: string | null;

  @BudgetResetMember()
  budget_reset_at?: string | null;

  @ModelBudgetsMember()
  model_max_budget?: Metadata | null;

  @RateMember('Requests that may run at the same time.')
  max_parallel_requests?: number | null;

  @RateMember('Tokens per minute.')
  tpm_limit?: number | null;

  @RateMember('Requests per minute.')
  rpm_limit?: number | null;

  @UnpricedModelsMember()
  unpriced_models?: 'allow' | 'deny' | null;
}

/** The limits and budgets that a request may state about a key, a team, a user or an organisation. */
export abstract class LimitsRequest extends BudgetValuesRequest {
  @BudgetWindowsMember()
  budget_limits?: unknown[] | null;

  @UsdMember('US dollars that count as spent in the present window of `max_budget`.')
  spend?: number | string | null;

  @OptionalIdentity({
    nullable: true,
    description: 'Budget of `/budget/new` whose values count where this has none.',
  })
  budget_id?: string | null;

  @ModelRatesMember('Requests per minute by model.')
  model_rpm_limit?: Record<string, number> | null;

  @ModelRatesMember('Tokens per minute by model.')
  model_tpm_limit?: Record<string, number> | null;

  @MetadataMember()
  metadata?: Metadata | null;
}

/**
 * Optional member that holds metadata. A class that has another rule for it states the member anew, because
 * class-validator leaves out the inherited rules of such a member.
 */
export function MetadataMember(faultOf?: Parameters<typeof HasNoFault>[0]): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({
      type: 'object',
      additionalProperties: true,
      nullable: true,
      description:
        '`null` is an empty object. `model_rpm_limit` and `model_tpm_limit` in it are the members of that name.',
    }),
    IsOptional(),
    IsMetadata(),
    HasNoFault(
      (value, path, request) =>
        foldedRatesFault(value, path) ?? faultOf?.(value, path, request) ?? null,
    ),
  );
}

/** Limits that LiteLLM holds in `metadata`, where clients may write and read them as well. */
const FOLDED = ['model_rpm_limit', 'model_tpm_limit'] as const;

/** Returns the limits that a budget's request names. */
export function namedBudgetOf(request: BudgetValuesRequest): NamedLimits {
  return {
    ...named('maxBudget', request.max_budget, usdTextOf),
    ...named('softBudget', request.soft_budget, usdTextOf),
    ...named('duration', request.budget_duration),
    ...named('resetAt', request.budget_reset_at, instantOf),
    ...named('modelBudgets', request.model_max_budget, modelBudgetsOf),
    ...named('maxParallelRequests', request.max_parallel_requests),
    ...named('tokensPerMinute', request.tpm_limit),
    ...named('requestsPerMinute', request.rpm_limit),
    ...named('unpricedModels', request.unpriced_models),
  };
}

/** Returns the limits that a request names; those in its metadata where it does not name them beside it. */
export function namedLimitsOf(request: LimitsRequest): NamedLimits {
  const folded = (request.metadata ?? {}) as Pick<LimitsRequest, (typeof FOLDED)[number]>;
  const { model_rpm_limit: rpm = folded.model_rpm_limit } = request;
  const { model_tpm_limit: tpm = folded.model_tpm_limit } = request;
  return {
    ...namedBudgetOf(request),
    ...named('furtherBudgets', request.budget_limits, windowsOf),
    ...named('spent', request.spend, usdTextOf),
    ...named('budgetId', request.budget_id),
    ...named('modelRequestsPerMinute', rpm),
    ...named('modelTokensPerMinute', tpm),
  };
}

/**
 * Returns what becomes of a row's limits; a member that is absent where nothing is named. The change refuses the type of a rate
 * limit that the row does not have (`request_invalid`).
 */
export function limitsChangeOf(limits: NamedLimits): { readonly limits?: LimitsChange } {
  if (Object.keys(limits).length === 0) return {};
  return { limits: (current, now) => limitsAfter(current, limits, now) };
}

/**
 * Returns the limits of a new row: those that a request names, on top of what the row has without them. `null` is as if it
 * were absent, because clients send it for everything that their user left alone; so is a spend of 0.
 */
export function newLimitsOf(limits: NamedLimits): { readonly limits: LimitsChange } {
  const stated = Object.fromEntries(
    Object.entries(limits).filter(
      ([name, value]) => value !== null && !(name === 'spent' && value === '0'),
    ),
  );
  return { limits: (current, now) => limitsAfter(current, stated, now) };
}

function limitsAfter(current: Limits, named: NamedLimits, now: Date): Limits {
  const after = changedLimits(current, named, now);
  const rate = typeOfNothing(named, after);
  if (rate === null) return after;
  throw new GatehouseError('request_invalid', {
    message: `${rate}_type says how ${rate} is kept, and there is none; state ${rate}, too.`,
    param: `${rate}_type`,
  });
}

/**
 * Returns the metadata of a request without limits, which a row holds elsewhere; a member that is absent where the request
 * has no metadata.
 * @param names limits that the row has besides those of every row
 */
export function metadataChangeOf(
  { metadata }: LimitsRequest,
  names: readonly string[] = [],
): { readonly metadata?: Metadata } {
  if (metadata === undefined) return {};
  const limits: readonly string[] = [...FOLDED, ...names];
  const free = Object.entries(metadata ?? {}).filter(([name]) => !limits.includes(name));
  return { metadata: Object.fromEntries(free) };
}

function named<Name extends keyof NamedLimits, Value>(
  name: Name,
  value: Value | null | undefined,
  convert?: (value: Value) => NamedLimits[Name],
): NamedLimits {
  if (value === undefined) return {};
  if (value === null || convert === undefined) return { [name]: value };
  return { [name]: convert(value) };
}

function foldedRatesFault(metadata: unknown, path: string): string | null {
  const members = typeof metadata === 'object' && metadata !== null ? (metadata as Metadata) : {};
  const faults = FOLDED.map((name) => {
    const value = members[name] ?? null;
    return value === null ? null : ratesFault(value, `${path}.${name}`);
  });
  return faults.find((fault) => fault !== null) ?? null;
}
