import { IsIdentity } from '#libs/access';
import { ApiProperty } from '@nestjs/swagger';
import { TeamValuesRequest } from './team-values.request.js';

/**
 * Body of `POST /team/update`. An absent member stays unchanged, `null` clears it, and an empty
 * list is stored as such.
 */
export class UpdateTeamRequest extends TeamValuesRequest {
  @ApiProperty({ type: String })
  @IsIdentity()
  team_id!: string;
}
