import {
  BudgetDurationMember,
  EmptyTextIs,
  IsIdentity,
  limitsChangeOf,
  MembersMember,
  OptionalEmailAddress,
  OptionalIdentity,
  UsdMember,
  usdTextOf,
  type LimitsChange,
} from '#libs/access';
import { ApiExtraModels, ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import {
  ORGANIZATION_ROLES,
  type OrganizationRole,
} from '../entities/organization-membership.entity.js';

/** A member of an organisation, named by id, by address, or by both. */
export class OrganizationMemberRequest {
  @ApiProperty({ enum: ORGANIZATION_ROLES })
  @IsIn(ORGANIZATION_ROLES)
  role!: OrganizationRole;

  @OptionalIdentity({ nullable: true })
  user_id?: string | null;

  @OptionalEmailAddress({ nullable: true })
  user_email?: string | null;
}

/** The budget of members in one organisation. */
abstract class OrganizationMemberLimitsRequest {
  @ApiProperty({ type: String })
  @IsIdentity()
  organization_id!: string;

  @UsdMember('US dollars that a member may spend in the organization; 0: nothing.')
  max_budget_in_organization?: number | string | null;

  @BudgetDurationMember()
  budget_duration?: string | null;
}

/** Body of `POST /organization/member_add`. */
@ApiExtraModels(OrganizationMemberRequest)
export class AddOrganizationMembersRequest extends OrganizationMemberLimitsRequest {
  @MembersMember(OrganizationMemberRequest, 'internal_user')
  member!: OrganizationMemberRequest[];
}

/** Body of `PATCH /organization/member_update`. An absent member stays unchanged, `null` clears a limit. */
export class UpdateOrganizationMemberRequest extends OrganizationMemberLimitsRequest {
  @OptionalIdentity({ nullable: true })
  user_id?: string | null;

  @OptionalEmailAddress({ nullable: true })
  user_email?: string | null;

  @ApiPropertyOptional({ enum: ORGANIZATION_ROLES, nullable: true })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsIn(ORGANIZATION_ROLES)
  role?: OrganizationRole | null;
}

/** Body of `DELETE /organization/member_delete`. One of the two names is needed. */
export class DeleteOrganizationMemberRequest {
  @ApiProperty({ type: String })
  @IsIdentity()
  organization_id!: string;

  @OptionalIdentity({ nullable: true })
  user_id?: string | null;

  @OptionalEmailAddress({ nullable: true })
  user_email?: string | null;
}

/** Returns what becomes of a member's limits; absent where a request names none. */
export function organizationMemberLimitsOf({
  max_budget_in_organization: budget,
  budget_duration: duration,
}: OrganizationMemberLimitsRequest): { readonly limits?: LimitsChange } {
  return limitsChangeOf({
    ...(budget !== undefined && { maxBudget: budget === null ? null : usdTextOf(budget) }),
    ...(duration !== undefined && { duration }),
  });
}
