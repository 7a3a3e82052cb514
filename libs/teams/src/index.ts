/*
 * teams: teams and memberships: their rows, the snapshots that decisions read, audited changes, wire shapes.
 * Entry points: TeamsService, MembershipsService, MembershipSync, TeamsModule, TEAMS_LIBRARY, the requests and toTeamResponse.
 * Snapshots are cached and dropped by the change feed before the write that changed them resolves.
 * What spans teams, users and organisations is in admin.
 * Must never import: orgs, users, end-users, keys, admin, auth, proxy, apps.
 */
export * from './dto/create-team.request.js';
export * from './dto/list-teams.request.js';
export * from './dto/team-id.request.js';
export * from './dto/team-member.request.js';
export * from './dto/team-values.request.js';
export * from './dto/team.response.js';
export * from './dto/update-team.request.js';
export * from './membership-sync.service.js';
export * from './memberships.service.js';
export * from './entities/member-limits-in.js';
export * from './entities/team-membership.entity.js';
export * from './entities/team-record.js';
export * from './entities/team.entity.js';
export * from './teams.module.js';
export * from './teams.service.js';
