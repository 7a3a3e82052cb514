import { IsIdentity, IsIdentityList, OptionalIdentity } from '#libs/access';
import { ApiProperty } from '@nestjs/swagger';

const MAX_TEAMS = 500;

/** Query of `GET /team/info`. */
export class TeamInfoRequest {
  @OptionalIdentity({ description: 'Default: the team that calls of the caller count against.' })
  team_id?: string;
}

/** Body of `POST /team/block` and `POST /team/unblock`. */
export class TeamIdRequest {
  @ApiProperty({ type: String })
  @IsIdentity()
  team_id!: string;
}

/** Body of `POST /team/delete`. */
export class DeleteTeamsRequest {
  @ApiProperty({ type: [String], minItems: 1, maxItems: MAX_TEAMS })
  @IsIdentityList(MAX_TEAMS, 1)
  team_ids!: string[];
}
