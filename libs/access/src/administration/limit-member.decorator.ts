import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, ValidateBy, type ValidationArguments } from 'class-validator';
import {
  AMOUNT_RULE,
  DURATION_RULE,
  isBudgetDuration,
  isRate,
  RATE_RULE,
  usdTextOf,
} from '../limits/limit-values.js';
import { instantOf } from '../limits/instant.js';
import { EmptyTextIs, EmptyTextIsNothing } from './empty-text.decorator.js';
import { modelBudgetsFault, ratesFault, windowsFault } from './limit-maps.js';

/** Returns what is wrong with a value at a path of a request; `null` for nothing. */
type Fault = (value: unknown, path: string, request: object) => string | null;

/**
 * Optional member that holds US dollars, a number or a decimal string. An empty string is `null`, as LiteLLM reads it.
 * @param description what the amount is, for the API document
 */
export const UsdMember = (description: string): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ type: Number, minimum: 0, nullable: true, description }),
    IsOptional(),
    EmptyTextIs('null'),
    HasNoFault((value, path) => (usdTextOf(value) === null ? `${path} ${AMOUNT_RULE}` : null)),
  );

/** Optional member that holds the duration of a budget. */
export const BudgetDurationMember = (): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({
      type: String,
      nullable: true,
      description:
        'Length of its windows: `30s`, `30m`, `30h`, `30d`, `1w`, `1mo`. Without one, the budget is for ever.',
    }),
    IsOptional(),
    EmptyTextIs('absent'),
    HasNoFault((value, path) => (isBudgetDuration(value) ? null : `${path} ${DURATION_RULE}`)),
  );

/** Optional member that holds an instant in the future at which the window of `max_budget` begins anew. */
export const BudgetResetMember = (): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({
      type: String,
      format: 'date-time',
      nullable: true,
      description:
        'Date or instant in the future at which the window of `max_budget` begins anew, beside its duration.',
    }),
    IsOptional(),
    EmptyTextIs('null'),
    HasNoFault((value, path) => {
      const instant = instantOf(value);
      const isAhead = instant !== null && Date.parse(instant) > Date.now();
      return isAhead ? null : `${path} must be a date or an instant in the future`;
    }),
  );

/**
 * Optional member that holds a number of requests or tokens.
 * @param description what is counted, for the API document
 */
export const RateMember = (description: string): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ type: 'integer', minimum: 0, nullable: true, description }),
    IsOptional(),
    EmptyTextIs('absent'),
    HasNoFault((value, path) => (isRate(value) ? null : `${path} ${RATE_RULE}`)),
  );

/**
 * Optional member that holds numbers by the name of a model.
 * @param description what is counted, for the API document
 */
export const ModelRatesMember = (description: string): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({
      type: 'object',
      additionalProperties: { type: 'integer' },
      nullable: true,
      description,
    }),
    IsOptional(),
    EmptyTextIsNothing(),
    HasNoFault(ratesFault),
  );

/** Optional member that holds caps by the name of a model. */
export const ModelBudgetsMember = (): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({
      type: 'object',
      additionalProperties: { type: 'object' },
      nullable: true,
      description:
        'Caps by model: `{"gpt-4o": {"budget_limit": 5, "time_period": "1d"}}`; with `models`, one cap for several. `max_budget` and `budget_duration` are the same members.',
    }),
    IsOptional(),
    EmptyTextIsNothing(),
    HasNoFault(modelBudgetsFault),
  );

/** Optional member that holds a list of caps. */
export const BudgetWindowsMember = (): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({
      type: 'array',
      items: { type: 'object' },
      nullable: true,
      description:
        'Further caps that hold together: `[{"budget_duration": "1d", "max_budget": 5}]`.',
    }),
    IsOptional(),
    EmptyTextIsNothing(),
    HasNoFault(windowsFault),
  );

/**
 * Member whose fault is found by a function, which also says it.
 * @param faultOf called with the value, the name of the member, and the request
 */
export function HasNoFault(faultOf: Fault): PropertyDecorator {
  const faultIn = (args: ValidationArguments | undefined): string | null =>
    args === undefined ? null : faultOf(args.value, args.property, args.object);
  return ValidateBy({
    name: 'hasNoFault',
    validator: {
      validate: (_, args) => faultIn(args) === null,
      defaultMessage: (args) => faultIn(args) ?? '',
    },
  });
}

/** Optional member that says whether calls may reach a deployment without a known price. An empty string is an absent member. */
export const UnpricedModelsMember = (): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({
      enum: ['allow', 'deny'],
      nullable: true,
      description:
        'Calls that may reach a deployment without a known price: `deny` refuses them; left out: `gatehouse.budgets.unpriced_models`.',
    }),
    IsOptional(),
    EmptyTextIsNothing(),
    IsIn(['allow', 'deny']),
  );
