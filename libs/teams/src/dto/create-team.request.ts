import { EmptyTextIsNothing, MAX_MEMBERS, OptionalIdentity } from '#libs/access';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsObject, IsOptional, ValidateNested } from 'class-validator';
import { TeamMemberRequest } from './team-member.request.js';
import { TeamValuesRequest } from './team-values.request.js';

/** Body of `POST /team/new`. */
export class CreateTeamRequest extends TeamValuesRequest {
  @OptionalIdentity({ nullable: true, description: 'Generated when absent.' })
  team_id?: string | null;

  @ApiPropertyOptional({
    type: [TeamMemberRequest],
    nullable: true,
    description: 'Members. Users who do not exist yet are made.',
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_MEMBERS)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => TeamMemberRequest)
  @EmptyTextIsNothing()
  members_with_roles?: TeamMemberRequest[] | null;
}
