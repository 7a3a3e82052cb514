import {
  BudgetDurationMember,
  EmptyTextIs,
  IsIdentity,
  limitsChangeOf,
  MembersMember,
  NotEnforced,
  OptionalEmailAddress,
  OptionalIdentity,
  RateMember,
  UnpricedModelsMember,
  UsdMember,
  type LimitsChange,
} from '#libs/access';
import { ApiExtraModels, ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import type { TeamRole } from '../entities/team-membership.entity.js';
import { namedMemberLimitsOf } from './member-limits.js';

/** A member of a team, named by id, by address, or by both. */
export class TeamMemberRequest {
  @ApiProperty({ enum: ['admin', 'user'] })
  @IsIn(['admin', 'user'])
  role!: TeamRole;

  @OptionalIdentity({ nullable: true })
  user_id?: string | null;

  @OptionalEmailAddress({ nullable: true })
  user_email?: string | null;
}

/** The limits of members in one team. */
abstract class MemberLimitsRequest {
  @UsdMember('US dollars that a member may spend in the team; 0: nothing.')
  max_budget_in_team?: number | string | null;

  @BudgetDurationMember()
  budget_duration?: string | null;

  @RateMember('Tokens per minute of a member in the team.')
  tpm_limit?: number | null;

  @RateMember('Requests per minute of a member in the team.')
  rpm_limit?: number | null;

  @UnpricedModelsMember()
  unpriced_models?: 'allow' | 'deny' | null;
}

/** Body of `POST /team/member_add`. */
@ApiExtraModels(TeamMemberRequest)
@NotEnforced(['allowed_models'])
export class AddTeamMembersRequest extends MemberLimitsRequest {
  @ApiProperty({ type: String })
  @IsIdentity()
  team_id!: string;

  @MembersMember(TeamMemberRequest, 'user')
  member!: TeamMemberRequest[];
}

/** Body of `POST /team/member_update`. An absent member stays unchanged, `null` clears it. */
@NotEnforced(['allowed_models'])
export class UpdateTeamMemberRequest extends MemberLimitsRequest {
  @ApiProperty({ type: String })
  @IsIdentity()
  team_id!: string;

  @OptionalIdentity({ nullable: true })
  user_id?: string | null;

  @OptionalEmailAddress({ nullable: true })
  user_email?: string | null;

  @ApiPropertyOptional({ enum: ['admin', 'user'], nullable: true })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsIn(['admin', 'user'])
  role?: TeamRole | null;
}

/** Returns what becomes of a member's limits; absent where a request names none. */
export function memberLimitsOf(request: MemberLimitsRequest): { readonly limits?: LimitsChange } {
  const { budget_duration, tpm_limit, rpm_limit, unpriced_models } = request;
  const named = { budget_duration, tpm_limit, rpm_limit, unpriced_models };
  return limitsChangeOf(namedMemberLimitsOf({ max_budget: request.max_budget_in_team, ...named }));
}

/** Body of `POST /team/member_delete`. One of the two names is needed. */
export class DeleteTeamMemberRequest {
  @ApiProperty({ type: String })
  @IsIdentity()
  team_id!: string;

  @OptionalIdentity({ nullable: true })
  user_id?: string | null;

  @OptionalEmailAddress({ nullable: true })
  user_email?: string | null;
}
