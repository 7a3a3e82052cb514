import {
  BudgetLimitsUsageMember,
  MaxBudgetUsageMember,
  ModelBudgetUsageMember,
  type ModelUsageResponse,
  type WindowUsageResponse,
} from './budget-usage.js';
import { ApiProperty } from '@nestjs/swagger';
import { parseUsd, usdNumber } from '#libs/common';
import type { Limits, ModelMoneyLimit, MoneyLimit, TemporaryIncrease } from '../limits/limits.js';
import type { Plain } from './plain.js';

/** What responses about limits need to know of the moment. */
export interface ResetTime {
  /**
   * Returns the ISO instant at which the present window of a cap ends; `null` for never.
   * @param restarts of `max_budget`; none of the other caps
   */
  (rule: Pick<MoneyLimit, 'duration' | 'since'>, restarts?: Limits['restarts']): string | null;
  /** Whether the name of a model in a limit covers one of the configuration. Absent where that is not known. */
  readonly coversModel?: (name: string) => boolean;
}

const NO_DURATION = { duration: null, since: '' };

/** A cap in the list of a response. */
export class BudgetWindowResponse {
  @ApiProperty({ type: String, nullable: true })
  budget_duration!: string | null;

  @ApiProperty({ type: Number, description: 'US dollars.' })
  max_budget!: number;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  reset_at!: string | null;
}

/** The limits of a budget, and of everything that has a budget of its own. */
export abstract class BudgetValuesResponse {
  @ApiProperty({ type: Number, nullable: true, description: 'US dollars.' })
  max_budget!: number | null;

  @ApiProperty({ type: Number, nullable: true, description: 'US dollars.' })
  soft_budget!: number | null;

  @ApiProperty({ type: String, nullable: true })
  budget_duration!: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'End of the present window.',
  })
  budget_reset_at!: string | null;

  @ApiProperty({ type: 'object', additionalProperties: { type: 'object' } })
  model_max_budget!: Record<string, object>;

  @ApiProperty({ type: 'integer', nullable: true })
  max_parallel_requests!: number | null;

  @ApiProperty({ type: 'integer', nullable: true })
  tpm_limit!: number | null;

  @ApiProperty({ type: 'integer', nullable: true })
  rpm_limit!: number | null;

  @ApiProperty({
    enum: ['allow', 'deny'],
    required: false,
    description: 'Only where it is set.',
  })
  unpriced_models?: 'allow' | 'deny';

  @ApiProperty({
    type: [String],
    required: false,
    description:
      'Names in `model_max_budget`, `model_rpm_limit` and `model_tpm_limit` that cover no model of the configuration, so that they limit nothing until it has one; only where there are some.',
  })
  unmatched_models?: string[];
}

/** The limits and budgets of a key, a team, a user or an organisation. */
export abstract class LimitsResponse extends BudgetValuesResponse {
  @ApiProperty({ type: [BudgetWindowResponse], nullable: true })
  budget_limits!: BudgetWindowResponse[] | null;

  @ApiProperty({ type: String, nullable: true })
  budget_id!: string | null;

  @ApiProperty({ type: 'object', additionalProperties: { type: 'integer' }, nullable: true })
  model_rpm_limit!: Record<string, number> | null;

  @ApiProperty({ type: 'object', additionalProperties: { type: 'integer' }, nullable: true })
  model_tpm_limit!: Record<string, number> | null;

  @MaxBudgetUsageMember()
  max_budget_usage?: WindowUsageResponse;

  @BudgetLimitsUsageMember()
  budget_limits_usage?: Record<string, WindowUsageResponse>;

  @ModelBudgetUsageMember()
  model_max_budget_usage?: Record<string, ModelUsageResponse>;
}

/** Returns a budget's limits in wire form. */
export function toBudgetValues(limits: Limits, resetTime: ResetTime): Plain<BudgetValuesResponse> {
  const { softBudget, modelBudgets = {} } = limits;
  return {
    ...mainOf(limits, resetTime),
    soft_budget: softBudget === undefined ? null : usdOf(softBudget),
    model_max_budget: Object.fromEntries(
      Object.entries(modelBudgets).map(([model, cap]) => [model, modelCapOf(cap)]),
    ),
    max_parallel_requests: limits.maxParallelRequests ?? null,
    tpm_limit: limits.tokensPerMinute ?? null,
    rpm_limit: limits.requestsPerMinute ?? null,
    ...(limits.unpricedModels !== undefined && { unpriced_models: limits.unpricedModels }),
    ...unmatchedIn(limits, resetTime),
  };
}

function unmatchedIn(
  { modelBudgets = {}, modelRequestsPerMinute = {}, modelTokensPerMinute = {} }: Limits,
  { coversModel }: ResetTime,
): { readonly unmatched_models?: string[] } {
  if (coversModel === undefined) return {};
  const names = [
    ...Object.entries(modelBudgets).flatMap(([name, { models = [name] }]) => models),
    ...Object.keys(modelRequestsPerMinute),
    ...Object.keys(modelTokensPerMinute),
  ];
  const unmatched = new Set(names.filter((name) => !coversModel(name)));
  return unmatched.size === 0 ? {} : { unmatched_models: [...unmatched].sort() };
}

/** Returns limits in wire form. */
export function toLimits(limits: Limits, resetTime: ResetTime): Plain<LimitsResponse> {
  const further = (limits.budgets ?? []).slice(limits.hasMainBudget === true ? 1 : 0);
  return {
    ...toBudgetValues(limits, resetTime),
    budget_limits: further.length === 0 ? null : further.map((cap) => windowOf(cap, resetTime)),
    budget_id: limits.budgetId ?? null,
    model_rpm_limit: copyOf(limits.modelRequestsPerMinute),
    model_tpm_limit: copyOf(limits.modelTokensPerMinute),
  };
}

/**
 * Returns metadata as LiteLLM shows it, with the limits that it holds there. An increase that is over is left out, because
 * clients send back what they read, and an end in the past is refused.
 * @param metadata what a row has
 */
export function toMetadata(metadata: object, limits: Limits): object {
  const { modelRequestsPerMinute: rpm, modelTokensPerMinute: tpm, temporaryIncrease } = limits;
  const { requestsType, tokensType } = limits;
  return {
    ...metadata,
    ...(rpm !== undefined && { model_rpm_limit: rpm }),
    ...(tpm !== undefined && { model_tpm_limit: tpm }),
    ...(requestsType !== undefined && { rpm_limit_type: requestsType }),
    ...(tokensType !== undefined && { tpm_limit_type: tokensType }),
    ...(isAhead(temporaryIncrease) && {
      temp_budget_increase: usdOf(temporaryIncrease.amount),
      temp_budget_expiry: temporaryIncrease.until,
    }),
  };
}

function isAhead(increase: Limits['temporaryIncrease']): increase is TemporaryIncrease {
  return increase !== undefined && Date.parse(increase.until) > Date.now();
}

function mainOf(
  { hasMainBudget, budgets, duration, restarts }: Limits,
  resetTime: ResetTime,
): Pick<BudgetValuesResponse, 'max_budget' | 'budget_duration' | 'budget_reset_at'> {
  const main = hasMainBudget === true ? budgets?.[0] : undefined;
  const rule = main ?? duration;
  return {
    max_budget: main === undefined ? null : usdOf(main.maxBudget),
    budget_duration: rule?.duration ?? null,
    budget_reset_at: resetTime(rule ?? NO_DURATION, restarts),
  };
}

function modelCapOf({ maxBudget, duration, models }: ModelMoneyLimit): object {
  return {
    budget_limit: usdOf(maxBudget),
    time_period: duration,
    ...(models !== undefined && { models: [...models] }),
  };
}

function windowOf(cap: MoneyLimit, resetTime: ResetTime): BudgetWindowResponse {
  return {
    budget_duration: cap.duration,
    max_budget: usdOf(cap.maxBudget),
    reset_at: resetTime(cap),
  };
}

function copyOf(rates: Limits['modelRequestsPerMinute']): Record<string, number> | null {
  return rates === undefined ? null : { ...rates };
}

/** Dollars as the nearest JavaScript number. */
function usdOf(text: string): number {
  return usdNumber(parseUsd(text));
}
