import { EmptyTextIs, IsIdentity } from '#libs/access';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import type { TeamQuery } from '../entities/team-record.js';

/** LiteLLM's name for "no organisation" in the filter of `GET /team/list`. */
const NO_ORGANIZATION = 'default_organization';

/** Query of `GET /team/list`. */
export class ListTeamsRequest {
  @ApiPropertyOptional({ type: String, description: 'Only teams of which this user is a member.' })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsIdentity()
  user_id?: string;

  @ApiPropertyOptional({
    type: String,
    description: 'Only teams of this organization; `default_organization`: teams without one.',
  })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsIdentity()
  organization_id?: string;
}

/**
 * The teams that a request asks for.
 * @param teamIds teams to which it is confined; `null` confines it to none
 */
export function teamQueryOf(
  request: ListTeamsRequest,
  teamIds: readonly string[] | null,
): TeamQuery {
  const { organization_id: organization } = request;
  return {
    ...(teamIds !== null && { teamIds }),
    ...(organization !== undefined && {
      organizationIds: organization === NO_ORGANIZATION ? null : [organization],
    }),
  };
}
