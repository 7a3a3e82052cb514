import { Injectable } from '@nestjs/common';
import { mayReadEverything, type AccessContext } from '#libs/access';
import { auditActorOf } from '#libs/audit';
import { newEntityId, unknownRow } from '#libs/common';
import { Database } from '#libs/database';
import {
  newTeamOf,
  teamChangesOf,
  teamQueryOf,
  TeamsService,
  type CreateTeamRequest,
  type DeleteTeamsRequest,
  type ListTeamsRequest,
  type TeamResponse,
  type UpdateTeamRequest,
} from '#libs/teams';
import type {
  DeletedTeamsResponse,
  TeamInfoResponse,
  TeamListItemResponse,
  UpdatedTeamResponse,
} from './dto/team-info.response.js';
import { OwnTeams } from './own-teams.service.js';
import { OwnedKeys } from './owned-keys.service.js';
import { TeamMembers } from './team-members.service.js';
import { TeamPresentation, toMembershipResponses } from './team-presentation.service.js';

/** Teams as administrators and their own members see them. */
@Injectable()
export class TeamDirectory {
  constructor(
    private readonly database: Database,
    private readonly teams: TeamsService,
    private readonly members: TeamMembers,
    private readonly presentation: TeamPresentation,
    private readonly ownTeams: OwnTeams,
    private readonly ownedKeys: OwnedKeys,
  ) {}

  /**
   * Makes a team, its members with it.
   * @param access an administrator's context
   * @throws GatehouseError `already_exists`, `not_found` for an unknown organisation,
   *   `request_invalid` for a member who is named by nothing
   */
  async create(request: CreateTeamRequest, access: AccessContext): Promise<TeamResponse> {
    const actor = auditActorOf(access);
    const teamId = request.team_id ?? newEntityId();
    const row = await this.database.write(async (unit) => {
      const team = await this.teams.create(unit, teamId, newTeamOf(request), actor);
      const members = request.members_with_roles ?? [];
      await this.members.addAll(unit, { teamId, members, param: 'members_with_roles' }, actor);
      return team;
    });
    return (await this.presentation.presentChanged(row)).response;
  }

  /**
   * Changes what the request names.
   * @param access an administrator's context
   * @throws GatehouseError `not_found` for an unknown team or organisation
   */
  async update(request: UpdateTeamRequest, access: AccessContext): Promise<UpdatedTeamResponse> {
    const actor = auditActorOf(access);
    const row = await this.database.write((unit) =>
      this.teams.update(unit, request.team_id, teamChangesOf(request), actor),
    );
    const { response } = await this.presentation.presentChanged(row);
    return { team_id: response.team_id, data: response };
  }

  /**
   * Blocks or unblocks a team; holds for every request that starts after this resolved.
   * @param blocked whether its callers are refused
   * @param access an administrator's context
   * @throws GatehouseError `not_found`
   */
  async setBlocked(teamId: string, blocked: boolean, access: AccessContext): Promise<TeamResponse> {
    const actor = auditActorOf(access);
    const row = await this.database.write((unit) =>
      this.teams.update(unit, teamId, { blocked }, actor),
    );
    return (await this.presentation.presentChanged(row)).response;
  }

  /**
   * Returns one team with its members and those of its keys that the caller may see. A caller that
   * may not read everything sees only its own teams; every other team is `not_found`.
   * @param access the caller's context
   * @throws GatehouseError `not_found`
   */
  async info(teamId: string, access: AccessContext): Promise<TeamInfoResponse> {
    const isVisible =
      mayReadEverything(access) || (await this.ownTeams.of(access)).includes(teamId);
    const [row] = isVisible ? await this.teams.list({ teamIds: [teamId] }) : [];
    if (row === undefined) {
      throw unknownRow('team', 'team_id');
    }
    const team = await this.presentation.presentOne(row);
    return {
      team_id: teamId,
      team_info: { ...team.response, team_member_budget_table: team.memberBudget },
      keys: await this.ownedKeys.ofTeam(teamId, access),
      team_memberships: toMembershipResponses(team),
    };
  }

  /**
   * Teams in the order of their aliases: all that the filter leaves, of those that the caller may
   * see.
   * @param access the caller's context
   * @throws GatehouseError `route_not_allowed` when an ordinary caller asks for another user's
   * teams
   */
  async list(request: ListTeamsRequest, access: AccessContext): Promise<TeamListItemResponse[]> {
    const rows = await this.teams.list(
      teamQueryOf(request, await this.ownTeams.confine(request.user_id, access)),
    );
    const teams = await this.presentation.present(rows);
    return teams.map((team) => ({
      ...team.response,
      keys: [],
      team_memberships: toMembershipResponses(team),
    }));
  }

  /**
   * Deletes teams with their memberships and keys: all of them, or none when one is unknown. What
   * they spent stays booked.
   * @param access an administrator's context
   * @throws GatehouseError `not_found`
   */
  async remove(request: DeleteTeamsRequest, access: AccessContext): Promise<DeletedTeamsResponse> {
    const actor = auditActorOf(access);
    await this.database.write(async (unit) => {
      const rows = await this.teams.lock(unit, { teamIds: request.team_ids });
      const keys = await this.ownedKeys.lock(unit, { teamIds: request.team_ids });
      await this.ownedKeys.remove(unit, keys, actor);
      await this.teams.remove(unit, rows, actor);
    });
    return { deleted_teams: request.team_ids };
  }
}
