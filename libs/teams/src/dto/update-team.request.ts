import { IsIdentity } from '#libs/access';
import { ApiProperty } from '@nestjs/swagger';
import { TeamValuesRequest } from './team-values.request.js';

/** Body of `POST /team/update`. What is absent stays; `null` clears; an empty list is an empty list. */
export class UpdateTeamRequest extends TeamValuesRequest {
  @ApiProperty({ type: String })
  @IsIdentity()
  team_id!: string;
}
