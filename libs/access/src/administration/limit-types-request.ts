import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { LIMIT_TYPES, type LimitType } from '../limits/limit-types.js';
import type { NamedLimits } from '../limits/limits-change.js';
import { EmptyTextIs } from './empty-text.decorator.js';

/** The members of limit types, which LiteLLM holds in `metadata`. */
export const LIMIT_TYPE_MEMBERS = ['rpm_limit_type', 'tpm_limit_type'] as const;

type TypeMembers = Partial<Readonly<Record<(typeof LIMIT_TYPE_MEMBERS)[number], LimitType | null>>>;

/** Types that a team may have. */
export const TEAM_LIMIT_TYPES: readonly LimitType[] = LIMIT_TYPES.slice(0, 2);
/** Types that a user may have: nothing owns a user's limits. */
export const USER_LIMIT_TYPES: readonly LimitType[] = LIMIT_TYPES.slice(1);

/**
 * Optional member that says how a rate limit is kept.
 * @param types that it may have; default is all
 */
export const LimitTypeMember = (types: readonly LimitType[] = LIMIT_TYPES): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({
      enum: types,
      nullable: true,
      description:
        'How the limit is kept. `guaranteed_throughput`: the limits of all rows of the owner must fit into its own. `dynamic`: only while the model fails.',
    }),
    IsOptional(),
    EmptyTextIs('null'),
    IsIn(types),
  );

/** Returns what is wrong with the types in metadata; `null` for nothing. */
export function limitTypesFault(
  metadata: unknown,
  path: string,
  types: readonly LimitType[] = LIMIT_TYPES,
): string | null {
  const members = metadata as Readonly<Record<string, unknown>>;
  for (const name of LIMIT_TYPE_MEMBERS) {
    const value = members[name] ?? null;
    if (value !== null && !types.some((type) => type === value))
      return `${path}.${name} must be one of ${types.join(', ')}`;
  }
  return null;
}

/** Returns the types that a request names; those in its metadata where it does not name them beside it. */
export function namedLimitTypesOf(
  request: TypeMembers & { readonly metadata?: object | null },
): NamedLimits {
  const folded: TypeMembers = request.metadata ?? {};
  const { rpm_limit_type: requestsType = folded.rpm_limit_type } = request;
  const { tpm_limit_type: tokensType = folded.tpm_limit_type } = request;
  return {
    ...(requestsType !== undefined && { requestsType }),
    ...(tokensType !== undefined && { tokensType }),
  };
}
