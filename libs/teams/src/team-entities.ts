import { TeamMembershipEntity } from './team-membership.entity.js';
import { TeamEntity } from './team.entity.js';

/** Entities of this library, for the data source. */
export const TEAM_ENTITIES = [TeamEntity, TeamMembershipEntity];
