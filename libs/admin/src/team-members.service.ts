import { Injectable } from '@nestjs/common';
import { toBudgetValues, type AccessContext, type LimitsChange } from '#libs/access';
import { auditActorOf, type AuditActor } from '#libs/audit';
import { GatehouseError } from '#libs/common';
import { Database, type UnitOfWork } from '#libs/database';
import {
  memberLimitsOf,
  MembershipsService,
  TeamsService,
  type AddTeamMembersRequest,
  type DeleteTeamMemberRequest,
  type TeamMemberRequest,
  type TeamResponse,
  type UpdateTeamMemberRequest,
} from '#libs/teams';
import type { UserEntity } from '#libs/users';
import type {
  AddedTeamMembersResponse,
  UpdatedTeamMemberResponse,
} from './dto/team-members.response.js';
import { MemberResolution } from './member-resolution.service.js';
import { TeamPresentation, toMembershipResponses } from './team-presentation.service.js';
import { UserPresentation } from './user-presentation.service.js';

/** Adds members to teams and removes them, for administrators. */
@Injectable()
export class TeamMembers {
  constructor(
    private readonly database: Database,
    private readonly teams: TeamsService,
    private readonly memberships: MembershipsService,
    private readonly resolution: MemberResolution,
    private readonly teamPresentation: TeamPresentation,
    private readonly userPresentation: UserPresentation,
  ) {}

  /**
   * Adds members: all of them, or none when one is a member already. Users who do not exist are made.
   * @param access an administrator's context
   * @throws GatehouseError `not_found` for an unknown team, `request_invalid` (type
   *   `team_member_already_in_team`) for a member who is one already
   */
  async add(
    request: AddTeamMembersRequest,
    access: AccessContext,
  ): Promise<AddedTeamMembersResponse> {
    const actor = auditActorOf(access);
    const { team_id: teamId, member: members } = request;
    const { row, users } = await this.database.write(async (unit) => ({
      row: await this.teams.getForChange(unit, teamId),
      users: await this.addAll(unit, { teamId, members, ...memberLimitsOf(request) }, actor),
    }));
    const [team, updatedUsers] = await Promise.all([
      this.teamPresentation.presentChanged(row),
      this.userPresentation.presentAllChanged(users),
    ]);
    const added = new Set(users.map((user) => user.userId));
    return {
      ...team.response,
      updated_users: updatedUsers,
      updated_team_memberships: toMembershipResponses(team).filter((membership) =>
        added.has(membership.user_id),
      ),
    };
  }

  /**
   * Changes what the request names about one member.
   * @param access an administrator's context
   * @throws GatehouseError `not_found` for an unknown team, `request_invalid` for a user who is not a member
   */
  async update(
    request: UpdateTeamMemberRequest,
    access: AccessContext,
  ): Promise<UpdatedTeamMemberResponse> {
    const { team_id: teamId, role } = request;
    const changes = { ...memberLimitsOf(request), ...(typeof role === 'string' && { role }) };
    const { row, user } = await this.database.write(async (unit) => {
      await this.teams.getForChange(unit, teamId);
      const named = await this.resolution.find(unit, request);
      const member = { teamId, userId: named?.userId ?? '', ...changes };
      return {
        row: await this.memberships.update(unit, member, auditActorOf(access)),
        user: named,
      };
    });
    const { max_budget, budget_duration, tpm_limit, rpm_limit, unpriced_models } = toBudgetValues(
      row.limits,
      () => null,
    );
    return {
      team_id: teamId,
      user_id: row.userId,
      user_email: user?.email ?? null,
      role: row.role,
      max_budget_in_team: max_budget,
      budget_duration,
      tpm_limit,
      rpm_limit,
      ...(unpriced_models !== undefined && { unpriced_models }),
    };
  }

  /**
   * Ends one membership.
   * @param access an administrator's context
   * @throws GatehouseError `not_found` for an unknown team, `request_invalid` for a user who is not
   *   a
   *   member
   */
  async remove(request: DeleteTeamMemberRequest, access: AccessContext): Promise<TeamResponse> {
    const actor = auditActorOf(access);
    const { team_id: teamId } = request;
    const row = await this.database.write(async (unit) => {
      const team = await this.teams.getForChange(unit, teamId);
      const user = await this.resolution.find(unit, request);
      // An unknown user is not a member either; the response is the same.
      await this.memberships.remove(unit, { teamId, userId: user?.userId ?? '' }, actor);
      return team;
    });
    return (await this.teamPresentation.presentChanged(row)).response;
  }

  /**
   * Adds members within a transaction.
   * @param joining.members who joins, in which role
   * @returns the users who joined
   * @throws GatehouseError `request_invalid` (type `team_member_already_in_team`)
   */
  async addAll(
    unit: UnitOfWork,
    joining: {
      readonly teamId: string;
      readonly members: readonly TeamMemberRequest[];
      /** The member of the request that holds them; default is `member`. */
      readonly param?: string;
      readonly limits?: LimitsChange;
    },
    actor: AuditActor,
  ): Promise<UserEntity[]> {
    const users: UserEntity[] = [];
    const { members, param = 'member' } = joining;
    const found = await this.resolution.findOrCreateEach(unit, { members, param }, actor);
    for (const { member, user } of found) {
      const membership = {
        teamId: joining.teamId,
        userId: user.userId,
        source: 'admin',
        role: member.role,
        ...(joining.limits && { limits: joining.limits }),
      } as const;
      if (!(await this.memberships.add(unit, membership, actor))) throw alreadyMember();
      users.push(user);
    }
    return users;
  }
}

function alreadyMember(): GatehouseError {
  return new GatehouseError('request_invalid', {
    message: 'The user is a member of the team already.',
    param: 'member',
    type: 'team_member_already_in_team',
  });
}
