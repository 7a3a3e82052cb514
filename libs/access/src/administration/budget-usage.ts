import { usdNumber, type PicoUsd } from '#libs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { TimeWindow } from '../limits/window.js';
import type { Plain } from './plain.js';

/** What was spent in the present window of a budget. */
export class WindowUsageResponse {
  @ApiProperty({ type: Number, description: 'US dollars.' })
  current_spend!: number;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  window_start!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  reset_at!: string | null;
}

/** What was spent in the present window of a budget for a model. */
export class ModelUsageResponse extends WindowUsageResponse {
  @ApiProperty({ type: Number, description: 'US dollars.' })
  budget_limit!: number;

  @ApiProperty({ type: String, nullable: true })
  time_period!: string | null;
}

/** What was spent of the budgets of one row. Members of budgets that it has not are absent, as in LiteLLM. */
export interface BudgetUsage {
  readonly max_budget_usage?: WindowUsageResponse;
  readonly budget_limits_usage?: Record<string, WindowUsageResponse>;
  readonly model_max_budget_usage?: Record<string, ModelUsageResponse>;
}

/** Optional member of an answer with what was spent of `max_budget`. */
export const MaxBudgetUsageMember = (): PropertyDecorator =>
  ApiPropertyOptional({
    type: WindowUsageResponse,
    description: 'The present window of `max_budget`; in answers about one row.',
  });

/** Optional member of an answer with what was spent of `budget_limits`, by their durations. */
export const BudgetLimitsUsageMember = (): PropertyDecorator =>
  ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'object' },
    description: 'The present windows of `budget_limits` by duration; in answers about one row.',
  });

/** Optional member of an answer with what was spent of `model_max_budget`, by its names. */
export const ModelBudgetUsageMember = (): PropertyDecorator =>
  ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'object' },
    description: 'The present windows of `model_max_budget`; in answers about one row.',
  });

/** Returns the use of a window in wire form. */
export function toWindowUsage(
  { startMs, endMs }: TimeWindow,
  spentPico: PicoUsd,
): Plain<WindowUsageResponse> {
  return {
    current_spend: usdNumber(spentPico),
    window_start: instantOf(startMs),
    reset_at: instantOf(endMs),
  };
}

function instantOf(ms: number): string | null {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : null;
}
