import { Injectable } from '@nestjs/common';
import type { BudgetUsage, Limits, Plain } from '#libs/access';
import { usdNumber, type PicoUsd } from '#libs/common';
import {
  BudgetTables,
  BudgetUsages,
  ResetTimes,
  SpendTotals,
  pairId,
  type BudgetTable,
} from '#libs/spend';
import {
  memberLimitsIn,
  MembershipsService,
  toTeamResponse,
  type TeamEntity,
  type TeamResponse,
  type TeamRole,
} from '#libs/teams';
import { UsersService } from '#libs/users';
import type { TeamMembershipResponse } from './dto/team-info.response.js';

/** One member of a presented team. */
interface PresentedMember {
  readonly userId: string;
  readonly email: string | null;
  readonly role: TeamRole;
  readonly joinedAt: Date;
  /** Spend of the user in this team. */
  readonly spend: PicoUsd;
  /** Of this member alone. */
  readonly limits: Limits;
  readonly budget: Pick<TeamMembershipResponse, 'budget_id' | 'litellm_budget_table'>;
  /** What was spent of its budgets; empty where it is not asked for. */
  readonly usage: BudgetUsage;
}

/** A team's row in wire form, with its members for responses that show more of them. */
export interface PresentedTeam {
  readonly response: Plain<TeamResponse>;
  readonly members: readonly PresentedMember[];
  /** Limits of members who have none of their own, as a budget. */
  readonly memberBudget: object | null;
}

/** Puts teams together with their members, their members' addresses and their spend. */
@Injectable()
export class TeamPresentation {
  constructor(
    private readonly memberships: MembershipsService,
    private readonly users: UsersService,
    private readonly totals: SpendTotals,
    private readonly resetTimes: ResetTimes,
    private readonly budgetTables: BudgetTables,
    private readonly usages: BudgetUsages,
  ) {}

  /**
   * The teams in the order given. Takes the same few queries for one team as for a thousand.
   * @throws GatehouseError `database_unavailable`
   */
  present(rows: readonly TeamEntity[]): Promise<PresentedTeam[]> {
    return this.assemble(rows, (scope, ids) => this.totals.read(scope, ids));
  }

  /**
   * {@link present} for one team, with what was spent of its budgets and of those of its members.
   * @throws GatehouseError `database_unavailable`
   */
  async presentOne(row: TeamEntity): Promise<PresentedTeam> {
    const { response, members, memberBudget } = this.onlyOf(row, await this.present([row]));
    const { teamId } = row;
    const [usage, ...ofMembers] = await this.usages.of([
      { scope: 'team', id: teamId, limits: row.limits },
      ...members.map(({ userId, limits }) => ({
        scope: 'team_member' as const,
        id: pairId(teamId, userId),
        limits: memberLimitsIn(row.limits, limits),
      })),
    ]);
    return {
      response: { ...response, ...usage },
      members: members.map((member, place) => ({ ...member, usage: ofMembers[place] ?? {} })),
      memberBudget,
    };
  }

  /**
   * {@link presentOne} for a team whose change is committed: spend that cannot be read now is shown as
   * zero rather than failing the answer.
   */
  async presentChanged(row: TeamEntity): Promise<PresentedTeam> {
    return this.onlyOf(row, await this.presentAllChanged([row]));
  }

  /** {@link presentChanged} for several teams, in the order given. */
  presentAllChanged(rows: readonly TeamEntity[]): Promise<PresentedTeam[]> {
    return this.assemble(rows, (scope, ids) => this.totals.readIfPossible(scope, ids));
  }

  private async assemble(
    rows: readonly TeamEntity[],
    readSpend: SpendTotals['read'],
  ): Promise<PresentedTeam[]> {
    const teamIds = rows.map((row) => row.teamId);
    const memberships = await this.memberships.listByTeams(teamIds);
    const limits = [
      ...memberships.map((one) => one.limits),
      ...rows.map((row) => row.limits.members),
    ];
    const [table, users, teamSpend, memberSpend] = await Promise.all([
      this.budgetTables.of(limits),
      this.users.listByIds([...new Set(memberships.map((membership) => membership.userId))]),
      readSpend('team', teamIds),
      readSpend(
        'team_member',
        memberships.map(({ teamId, userId }) => pairId(teamId, userId)),
      ),
    ]);
    const emails = new Map(users.map((user) => [user.userId, user.email]));
    const members = Map.groupBy(memberships, (membership) => membership.teamId);
    const resetTime = this.resetTimes.now();
    return rows.map((row) => {
      const presented = (members.get(row.teamId) ?? []).map((membership) => ({
        userId: membership.userId,
        email: emails.get(membership.userId) ?? null,
        role: membership.role,
        joinedAt: membership.createdAt,
        spend: memberSpend.get(pairId(membership.teamId, membership.userId)) ?? 0n,
        limits: membership.limits,
        budget: budgetOf(memberLimitsIn(row.limits, membership.limits), table),
        usage: {},
      }));
      const withRoles = presented.map(({ userId, email, role }) => ({
        user_id: userId,
        user_email: email,
        role,
      }));
      const spend = teamSpend.get(row.teamId) ?? 0n;
      return {
        response: toTeamResponse(row, withRoles, spend, resetTime),
        members: presented,
        memberBudget: budgetTableOf(row.limits.members, table),
      };
    });
  }

  private onlyOf(row: TeamEntity, [team]: readonly PresentedTeam[]): PresentedTeam {
    if (team !== undefined) return team;
    const response = toTeamResponse(row, [], 0n, this.resetTimes.now());
    return { response, members: [], memberBudget: null };
  }
}

/** Returns limits as a budget in LiteLLM's shape, `null` for none. */
function budgetTableOf(limits: Limits | undefined, table: BudgetTable): object | null {
  return limits === undefined || Object.keys(limits).length === 0 ? null : table(limits);
}

function budgetOf(limits: Limits, table: BudgetTable): PresentedMember['budget'] {
  return {
    budget_id: limits.budgetId ?? null,
    litellm_budget_table: budgetTableOf(limits, table),
  };
}

/** A presented team's memberships in LiteLLM's shape. */
export function toMembershipResponses(team: PresentedTeam): TeamMembershipResponse[] {
  return team.members.map((member) => ({
    user_id: member.userId,
    team_id: team.response.team_id,
    spend: usdNumber(member.spend),
    ...member.budget,
    ...member.usage,
  }));
}
