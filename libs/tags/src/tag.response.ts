import { LimitsResponse, toLimits, type Limits, type Plain, type ResetTime } from '#libs/access';
import { usdNumber, type PicoUsd } from '#libs/common';
import type { BudgetTable } from '#libs/spend';
import { ApiProperty } from '@nestjs/swagger';
import type { TagEntity } from './tag.entity.js';

/** What LiteLLM says of a tag without a row. */
const DYNAMIC =
  'This is just a spend tag that was passed dynamically in a request. It does not control any LLM models.';

/** A tag in LiteLLM's shape. */
export class TagResponse extends LimitsResponse {
  @ApiProperty({ type: String })
  name!: string;

  @ApiProperty({ type: String, nullable: true })
  description!: string | null;

  @ApiProperty({
    type: [String],
    nullable: true,
    description: '`null` for a tag that only requests have named.',
  })
  models!: string[] | null;

  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  model_info!: Record<string, string>;

  @ApiProperty({ type: Number, description: 'US dollars.' })
  spend!: number;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  created_at!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  updated_at!: string | null;

  @ApiProperty({ type: String, nullable: true })
  created_by!: string | null;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description:
      'The limits where LiteLLM shows them, completed by the budget that they name; `null` without any.',
  })
  litellm_budget_table!: object | null;
}

/** Response of `POST /tag/new` and `POST /tag/update`. */
export class ChangedTagResponse {
  @ApiProperty({ type: String })
  message!: string;

  @ApiProperty({ type: TagResponse })
  tag!: Plain<TagResponse>;
}

/** Response of `POST /tag/delete`. */
export class DeletedTagResponse {
  @ApiProperty({ type: String })
  message!: string;
}

/** What is shown of a tag besides its row. */
export interface TagFacts {
  readonly spend: PicoUsd;
  /** When windows of budgets end. */
  readonly resetTime: ResetTime;
  readonly budgetTable: BudgetTable;
}

/** The response about a tag with a row. */
export function toTagResponse(row: TagEntity, facts: TagFacts): Plain<TagResponse> {
  return {
    ...valuesOf(row.name, row.limits, facts),
    description: row.description,
    models: [...row.models],
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
    created_by: row.createdBy,
  };
}

/** The response about a tag that only requests have named. */
export function toDynamicTag(name: string, facts: TagFacts): Plain<TagResponse> {
  return {
    ...valuesOf(name, {}, facts),
    description: DYNAMIC,
    models: null,
    created_at: null,
    updated_at: null,
    created_by: null,
  };
}

type TagValuesResponse = Pick<
  Plain<TagResponse>,
  keyof LimitsResponse | 'name' | 'model_info' | 'spend' | 'litellm_budget_table'
>;

function valuesOf(
  name: string,
  limits: Limits,
  { spend, resetTime, budgetTable }: TagFacts,
): TagValuesResponse {
  const isLimited = Object.keys(limits).length > 0;
  return {
    ...toLimits(limits, resetTime),
    name,
    model_info: {},
    spend: usdNumber(spend),
    litellm_budget_table: isLimited ? budgetTable(limits) : null,
  };
}
