import { BudgetValuesResponse, toBudgetValues, type Plain, type ResetTime } from '#libs/access';
import { ApiProperty } from '@nestjs/swagger';
import type { BudgetEntity } from './budget.entity.js';

/** A budget's row in LiteLLM's shape. */
export class BudgetResponse extends BudgetValuesResponse {
  @ApiProperty({ type: String })
  budget_id!: string;

  @ApiProperty({ type: [String], description: 'Always empty.' })
  allowed_models!: string[];

  @ApiProperty({ type: String })
  created_by!: string;

  @ApiProperty({ type: String })
  updated_by!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  created_at!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  updated_at!: string;
}

/** One member of a budget, as the pages of LiteLLM's clients ask for it. */
export class BudgetSettingResponse {
  @ApiProperty({ type: String })
  field_name!: string;

  @ApiProperty({ type: String })
  field_type!: string;

  @ApiProperty({ type: String })
  field_description!: string;

  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  field_value!: unknown;

  @ApiProperty({ type: Boolean, description: 'Whether the budget has a value.' })
  stored_in_db!: boolean;

  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  field_default_value!: unknown;
}

/** The members that may be set, with their types as LiteLLM names them. */
const SETTINGS = [
  ['max_budget', 'Float', 'US dollars that may be spent in one window; 0: nothing.'],
  ['soft_budget', 'Float', 'US dollars from which on alerts are sent.'],
  ['budget_duration', 'String', 'Length of a window.'],
  ['max_parallel_requests', 'Integer', 'Requests that may run at the same time.'],
  ['tpm_limit', 'Integer', 'Tokens per minute.'],
  ['rpm_limit', 'Integer', 'Requests per minute.'],
  ['model_max_budget', 'Object', 'Caps by model.'],
] as const satisfies readonly (readonly [keyof BudgetValuesResponse, string, string])[];

/**
 * The answer about a budget.
 * @param resetTime when windows of budgets end
 */
export function toBudgetResponse(row: BudgetEntity, resetTime: ResetTime): Plain<BudgetResponse> {
  return {
    budget_id: row.budgetId,
    ...toBudgetValues(row.limits, resetTime),
    allowed_models: [],
    created_by: row.createdBy,
    updated_by: row.updatedBy,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}

/** The members of a budget one by one. */
export function toBudgetSettings(budget: Plain<BudgetResponse>): Plain<BudgetSettingResponse>[] {
  return SETTINGS.map(([name, type, description]) => {
    const value = budget[name];
    const isStored = value !== null && (typeof value !== 'object' || Object.keys(value).length > 0);
    return {
      field_name: name,
      field_type: type,
      field_description: description,
      field_value: value,
      stored_in_db: isStored,
      field_default_value: null,
    };
  });
}
