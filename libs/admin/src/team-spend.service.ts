import { Injectable } from '@nestjs/common';
import { limitsChangeOf, toLimits, type AccessContext } from '#libs/access';
import { auditActorOf } from '#libs/audit';
import { unknownRow } from '#libs/common';
import { Database } from '#libs/database';
import {
  BudgetUsages,
  ResetTimes,
  spendResetOf,
  pairId,
  toResetAmounts,
  type ResetSpendRequest,
} from '#libs/spend';
import { memberLimitsIn, MembershipsService, TeamsService, type TeamEntity } from '#libs/teams';
import type {
  MemberSpendResetResponse,
  TeamSpendResetResponse,
} from './dto/team-spend.response.js';

/** Corrects what counts as spent of the budgets of teams and their members. */
@Injectable()
export class TeamSpend {
  constructor(
    private readonly database: Database,
    private readonly teams: TeamsService,
    private readonly memberships: MembershipsService,
    private readonly usages: BudgetUsages,
    private readonly resetTimes: ResetTimes,
  ) {}

  /**
   * Begins the window of a team's `max_budget` anew. What was booked stays booked.
   * @param access an administrator's context
   * @throws GatehouseError `not_found`, `request_invalid` for more than was spent
   */
  async reset(
    teamId: string,
    request: ResetSpendRequest,
    access: AccessContext,
  ): Promise<TeamSpendResetResponse> {
    const team = await this.teamOf(teamId);
    const subject = { scope: 'team', id: teamId, limits: team.limits } as const;
    const { limits, spentPico } = await this.usages.mainOf(subject);
    const reset = spendResetOf(request, spentPico, limits);
    const row = await this.database.write((unit) =>
      this.teams.update(unit, teamId, limitsChangeOf({ spent: reset.spent }), auditActorOf(access)),
    );
    const { max_budget, budget_reset_at } = toLimits(row.limits, this.resetTimes.now());
    return { team_id: teamId, ...toResetAmounts(reset), max_budget, budget_reset_at };
  }

  /**
   * Begins the window of a member's budget in a team anew.
   * @param access an administrator's context
   * @throws GatehouseError `not_found` for an unknown team, `request_invalid` for a user who is not a member, and for more
   *   than was spent
   */
  async resetMember(
    member: { readonly teamId: string; readonly userId: string },
    request: ResetSpendRequest,
    access: AccessContext,
  ): Promise<MemberSpendResetResponse> {
    const { teamId, userId } = member;
    const team = await this.teamOf(teamId);
    const own = (await this.memberships.of(userId)).find((one) => one.teamId === teamId);
    const { limits, spentPico } = await this.usages.mainOf({
      scope: 'team_member',
      id: pairId(teamId, userId),
      limits: memberLimitsIn(team.limits, own?.limits ?? {}),
    });
    const reset = spendResetOf(request, spentPico, limits);
    await this.database.write((unit) =>
      this.memberships.update(
        unit,
        { ...member, ...limitsChangeOf({ spent: reset.spent }) },
        auditActorOf(access),
      ),
    );
    const { max_budget } = toLimits(limits, this.resetTimes.now());
    return { team_id: teamId, user_id: userId, ...toResetAmounts(reset), max_budget };
  }

  private async teamOf(teamId: string): Promise<TeamEntity> {
    const [team] = await this.teams.list({ teamIds: [teamId] });
    if (team !== undefined) return team;
    throw unknownRow('team', 'team_id');
  }
}
