import { OptionalIdentity } from '#libs/access';

import type { TeamQuery } from '../entities/team-record.js';

/** LiteLLM's name for "no organisation" in the filter of `GET /team/list`. */
const NO_ORGANIZATION = 'default_organization';

/** Query of `GET /team/list`. */
export class ListTeamsRequest {
  @OptionalIdentity({ description: 'Only teams of which this user is a member.' })
  user_id?: string;

  @OptionalIdentity({
    description: 'Only teams of this organization; `default_organization`: teams without one.',
  })
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
