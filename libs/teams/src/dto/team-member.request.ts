import { EmptyTextIs, IsEmailAddress, IsIdentity, NotEnforced } from '#libs/access';
import { ApiExtraModels, ApiProperty, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsIn,
  IsObject,
  IsOptional,
  ValidateNested,
} from 'class-validator';
import type { TeamRole } from '../entities/team-membership.entity.js';

/** Most members in one request. */
export const MAX_MEMBERS = 500;

/** A member of a team, named by id, by address, or by both. */
export class TeamMemberRequest {
  @ApiProperty({ enum: ['admin', 'user'] })
  @IsIn(['admin', 'user'])
  role!: TeamRole;

  @ApiPropertyOptional({ type: String, nullable: true })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsIdentity()
  user_id?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsEmailAddress()
  user_email?: string | null;
}

/** Body of `POST /team/member_add`. */
@ApiExtraModels(TeamMemberRequest)
@NotEnforced(['max_budget_in_team', 'tpm_limit', 'rpm_limit', 'allowed_models'])
export class AddTeamMembersRequest {
  @ApiProperty({ type: String })
  @IsIdentity()
  team_id!: string;

  @ApiProperty({
    oneOf: [
      { $ref: getSchemaPath(TeamMemberRequest) },
      { type: 'array', items: { $ref: getSchemaPath(TeamMemberRequest) }, maxItems: MAX_MEMBERS },
    ],
    description: 'One member or several.',
  })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(MAX_MEMBERS)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => TeamMemberRequest)
  @Transform(({ value }: { value: unknown }): unknown => (Array.isArray(value) ? value : [value]))
  member!: TeamMemberRequest[];
}

/** Body of `POST /team/member_delete`. One of the two names is needed. */
export class DeleteTeamMemberRequest {
  @ApiProperty({ type: String })
  @IsIdentity()
  team_id!: string;

  @ApiPropertyOptional({ type: String, nullable: true })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsIdentity()
  user_id?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsEmailAddress()
  user_email?: string | null;
}
