import {
  BudgetValuesRequest,
  IsIdentity,
  IsIdentityList,
  limitsChangeOf,
  namedBudgetOf,
  newLimitsOf,
  NotEnforced,
  OptionalIdentity,
  type LimitsChange,
} from '#libs/access';
import { ApiProperty } from '@nestjs/swagger';

const MAX_BUDGETS = 500;

/** Members that LiteLLM has and that have no effect here. */
const NOT_ENFORCED = ['allowed_models'];

/** Body of `POST /budget/new`. */
@NotEnforced(NOT_ENFORCED)
export class CreateBudgetRequest extends BudgetValuesRequest {
  @OptionalIdentity({ nullable: true, description: 'Generated when absent.' })
  budget_id?: string | null;
}

/** Body of `POST /budget/update`. An absent member stays unchanged, `null` clears it. */
@NotEnforced(NOT_ENFORCED)
export class UpdateBudgetRequest extends BudgetValuesRequest {
  @ApiProperty({ type: String, example: 'gold' })
  @IsIdentity()
  budget_id!: string;
}

/** Body of `POST /budget/info`. */
export class BudgetInfoRequest {
  @ApiProperty({ type: [String], minItems: 1, maxItems: MAX_BUDGETS, example: ['gold'] })
  @IsIdentityList(MAX_BUDGETS, 1)
  budgets!: string[];
}

/** Query of `GET /budget/settings`. */
export class BudgetIdRequest {
  @ApiProperty({ type: String })
  @IsIdentity()
  budget_id!: string;
}

/** Body of `POST /budget/delete`. */
export class DeleteBudgetRequest {
  @ApiProperty({ type: String, example: 'gold' })
  @IsIdentity()
  id!: string;
}

/** Returns the limits of a new budget. */
export function newBudgetOf(request: CreateBudgetRequest): LimitsChange {
  return newLimitsOf(namedBudgetOf(request)).limits;
}

/** Returns what a request changes about a budget; `null` for nothing. */
export function budgetChangeOf(request: UpdateBudgetRequest): LimitsChange | null {
  return limitsChangeOf(namedBudgetOf(request)).limits ?? null;
}
