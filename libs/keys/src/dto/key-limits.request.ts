import {
  EmptyTextIs,
  HasNoFault,
  instantOf,
  LIMIT_TYPE_MEMBERS,
  LimitTypeMember,
  limitTypesFault,
  LimitsRequest,
  metadataChangeOf,
  MetadataMember,
  namedLimitsOf,
  namedLimitTypesOf,
  ownTagsFault,
  usdTextOf,
  type Limits,
  type LimitsChange,
  type LimitType,
  type NamedLimits,
} from '#libs/access';
import { GatehouseError } from '#libs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';

type Members = Readonly<Record<string, unknown>>;

/** The members of a temporary increase, which LiteLLM holds in `metadata`. */
const INCREASE = ['temp_budget_increase', 'temp_budget_expiry'] as const;

/** The limits and budgets that a request may state about a key. */
export abstract class KeyLimitsRequest extends LimitsRequest {
  @ApiPropertyOptional({
    type: Number,
    nullable: true,
    description:
      'US dollars by which `max_budget` is higher for a time; with `temp_budget_expiry`.',
  })
  @IsOptional()
  @EmptyTextIs('null')
  temp_budget_increase?: number | string | null;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Date or instant in the future at which `temp_budget_increase` ends.',
  })
  @EmptyTextIs('null')
  // No `@IsOptional()`: an increase without its end is a fault of the member that is absent.
  @HasNoFault((_, path, request) =>
    increaseFault(request as Members, path.slice(0, -INCREASE[1].length)),
  )
  temp_budget_expiry?: string | null;

  @LimitTypeMember()
  rpm_limit_type?: LimitType | null;

  @LimitTypeMember()
  tpm_limit_type?: LimitType | null;

  @MetadataMember(
    (metadata, path) =>
      increaseFault(metadata as Members, `${path}.`) ??
      limitTypesFault(metadata, path) ??
      ownTagsFault(metadata, path),
  )
  override metadata?: Record<string, unknown> | null;
}

/** Returns the limits that a request names; those in its metadata where it does not name them beside it. */
export function namedKeyLimitsOf(request: KeyLimitsRequest): NamedLimits {
  const source = isNamedIn(request as Members) ? request : (request.metadata ?? {});
  const { temp_budget_increase: amount, temp_budget_expiry: until } = source as KeyLimitsRequest;
  const limits = { ...namedLimitsOf(request), ...namedLimitTypesOf(request) };
  if (!isNamedIn(source as Members)) return limits;
  const increase = usdTextOf(amount ?? null);
  const end = instantOf(until ?? null);
  const isCleared = increase === null || end === null;
  return { ...limits, temporaryIncrease: isCleared ? null : { amount: increase, until: end } };
}

/**
 * Returns a change of limits that refuses an increase of a budget that the key does not have.
 * @param change of the limits that {@link namedKeyLimitsOf} returned
 */
export function withRaisedBudget<Change extends { readonly limits?: LimitsChange }>(
  change: Change,
  { temporaryIncrease }: NamedLimits,
): Change {
  const { limits } = change;
  if (limits === undefined || (temporaryIncrease ?? null) === null) return change;
  const checked: LimitsChange = (current, now) => {
    const after = limits(current, now);
    refuseIncreaseOfNothing(after);
    return after;
  };
  return { ...change, limits: checked };
}

/** The budget of `budget_id` may have the `max_budget`. */
function refuseIncreaseOfNothing({ hasMainBudget, budgetId }: Limits): void {
  if (hasMainBudget === true || budgetId !== undefined) return;
  throw new GatehouseError('request_invalid', {
    message: 'temp_budget_increase raises max_budget, and the key has none; state max_budget, too.',
    param: INCREASE[0],
  });
}

/** Returns the metadata of a request without limits; see `metadataChangeOf` of libs/access. */
export function keyMetadataOf(request: KeyLimitsRequest): ReturnType<typeof metadataChangeOf> {
  return metadataChangeOf(request, [...INCREASE, ...LIMIT_TYPE_MEMBERS]);
}

function isNamedIn(members: Members): boolean {
  return INCREASE.some((name) => members[name] !== undefined);
}

/** Both members or neither, because an increase without an end would hold for ever. */
function increaseFault(members: Members, prefix: string): string | null {
  const [amountName, untilName] = INCREASE;
  const { [amountName]: amount = null, [untilName]: until = null } = members;
  if (amount === null && until === null) return null;
  const usd = usdTextOf(amount);
  if (usd === null || usd === '0') {
    return `${prefix}${amountName} must be US dollars of more than 0, beside ${untilName}`;
  }
  const end = instantOf(until);
  if (end !== null && Date.parse(end) > Date.now()) return null;
  return `${prefix}${untilName} must be a date or an instant in the future, beside ${amountName}`;
}
