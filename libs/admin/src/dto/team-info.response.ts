import { MaxBudgetUsageMember, type WindowUsageResponse } from '#libs/access';
import { KeyInfoRow } from '#libs/keys';
import { CallerStandingResponse } from '#libs/spend';
import { TeamResponse } from '#libs/teams';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** One membership in LiteLLM's shape. Budgets are `null` until this version enforces them. */
export class TeamMembershipResponse {
  @ApiProperty({ type: String })
  user_id!: string;

  @ApiProperty({ type: String })
  team_id!: string;

  @ApiProperty({ type: String, nullable: true })
  budget_id!: string | null;

  @ApiProperty({ type: Number, description: 'Spend of the user in this team, US dollars.' })
  spend!: number;

  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  litellm_budget_table!: object | null;

  @MaxBudgetUsageMember()
  max_budget_usage?: WindowUsageResponse;
}

/** A team's row with the budget that new members would get, which this version does not have. */
export class TeamDetailsResponse extends TeamResponse {
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  team_member_budget_table!: object | null;
}

/** Answer of `GET /team/info`. */
export class TeamInfoResponse {
  @ApiProperty({ type: String })
  team_id!: string;

  @ApiProperty({ type: TeamDetailsResponse })
  team_info!: TeamDetailsResponse;

  @ApiProperty({
    type: [KeyInfoRow],
    description: 'The newest virtual keys that the caller may see, without their ids.',
  })
  keys!: KeyInfoRow[];

  @ApiProperty({ type: [TeamMembershipResponse] })
  team_memberships!: TeamMembershipResponse[];

  @ApiPropertyOptional({
    type: CallerStandingResponse,
    description: 'Where no team is named: the caller, and what is left of its limits.',
  })
  caller?: CallerStandingResponse;
}

/** One team in the answer of `GET /team/list`. */
export class TeamListItemResponse extends TeamResponse {
  @ApiProperty({
    type: 'array',
    items: { type: 'object' },
    description: 'Always empty; `GET /team/info` and `GET /key/list` show virtual keys.',
  })
  keys!: object[];

  @ApiProperty({ type: [TeamMembershipResponse] })
  team_memberships!: TeamMembershipResponse[];
}

/** Answer of `POST /team/update`. */
export class UpdatedTeamResponse {
  @ApiProperty({ type: String })
  team_id!: string;

  @ApiProperty({ type: TeamResponse })
  data!: TeamResponse;
}

/** Answer of `POST /team/delete`. */
export class DeletedTeamsResponse {
  @ApiProperty({ type: [String] })
  deleted_teams!: string[];
}
