import { Injectable } from '@nestjs/common';
import type { Plain } from '#libs/access';
import { usdNumber } from '#libs/common';
import {
  toOrganizationResponse,
  type OrganizationEntity,
  type OrganizationResponse,
} from '#libs/orgs';
import { BudgetTables, BudgetUsages, ResetTimes, SpendTotals } from '#libs/spend';
import { TeamsService } from '#libs/teams';
import type {
  OrganizationInfoResponse,
  OrganizationMemberResponse,
} from './dto/organization-info.response.js';
import { TeamPresentation, type PresentedTeam } from './team-presentation.service.js';

/** The sources of an organisation's spend and teams. */
interface PresentationSources {
  readonly readSpend: SpendTotals['read'];
  readonly presentTeams: TeamPresentation['present'];
}

/** Puts organisations together with their teams, the people in them, and their spend. */
@Injectable()
export class OrganizationPresentation {
  constructor(
    private readonly teams: TeamsService,
    private readonly teamPresentation: TeamPresentation,
    private readonly totals: SpendTotals,
    private readonly resetTimes: ResetTimes,
    private readonly budgetTables: BudgetTables,
    private readonly usages: BudgetUsages,
  ) {}

  /**
   * The organisations in the order given. Takes the same few queries for one as for a hundred.
   * @throws GatehouseError `database_unavailable`
   */
  present(rows: readonly OrganizationEntity[]): Promise<Plain<OrganizationInfoResponse>[]> {
    return this.assemble(rows, {
      readSpend: (scope, ids) => this.totals.read(scope, ids),
      presentTeams: (teams) => this.teamPresentation.present(teams),
    });
  }

  /**
   * {@link present} for one organisation, with what was spent of its budgets.
   * @throws GatehouseError `database_unavailable`
   */
  async presentOne(row: OrganizationEntity): Promise<Plain<OrganizationInfoResponse>> {
    const { organizationId: id, limits } = row;
    const usage = await this.usages.ofOne({ scope: 'org', id, limits });
    return { ...this.onlyOf(await this.present([row])), ...usage };
  }

  /**
   * {@link presentOne} for an organisation whose change is committed: spend that cannot be read now is
   * shown as zero rather than failing the answer.
   */
  async presentChanged(row: OrganizationEntity): Promise<Plain<OrganizationInfoResponse>> {
    const presented = await this.assemble([row], {
      readSpend: (scope, ids) => this.totals.readIfPossible(scope, ids),
      presentTeams: (teams) => this.teamPresentation.presentAllChanged(teams),
    });
    return this.onlyOf(presented);
  }

  /** {@link presentChanged} for the row alone. */
  async presentChangedRow(row: OrganizationEntity): Promise<Plain<OrganizationResponse>> {
    const { organizationId } = row;
    const totals = await this.totals.readIfPossible('org', [organizationId]);
    const spend = totals.get(organizationId) ?? 0n;
    const table = await this.budgetTables.of([row.limits]);
    return toOrganizationResponse(row, spend, this.resetTimes.now(), table(row.limits));
  }

  private async assemble(
    rows: readonly OrganizationEntity[],
    { readSpend, presentTeams }: PresentationSources,
  ): Promise<Plain<OrganizationInfoResponse>[]> {
    const organizationIds = rows.map((row) => row.organizationId);
    if (organizationIds.length === 0) return [];
    const [table, spend, presented] = await Promise.all([
      this.budgetTables.of(rows.map(({ limits }) => limits)),
      readSpend('org', organizationIds),
      this.teams.list({ organizationIds }).then(presentTeams),
    ]);
    const resetTime = this.resetTimes.now();
    const teams = Map.groupBy(presented, (team) => team.response.organization_id);
    return rows.map((row) => {
      const own = teams.get(row.organizationId) ?? [];
      const spent = spend.get(row.organizationId) ?? 0n;
      return {
        ...toOrganizationResponse(row, spent, resetTime, table(row.limits)),
        teams: own.map((team) => team.response),
        members: membersOf(row.organizationId, own),
        users: [],
      };
    });
  }

  private onlyOf([
    organization,
  ]: readonly Plain<OrganizationInfoResponse>[]): Plain<OrganizationInfoResponse> {
    if (organization === undefined) throw new Error('one row is presented as one organisation');
    return organization;
  }
}

/** Each person once, in the order of the ids, with the spend of all of its teams together. */
function membersOf(
  organizationId: string,
  teams: readonly PresentedTeam[],
): OrganizationMemberResponse[] {
  const byUser = Map.groupBy(
    teams.flatMap((team) => team.members),
    (member) => member.userId,
  );
  return [...byUser]
    .map(([userId, memberships]) => {
      const joinedAt = memberships.map((membership) => membership.joinedAt.toISOString()).sort();
      return {
        user_id: userId,
        organization_id: organizationId,
        user_role: null,
        spend: usdNumber(memberships.reduce((sum, membership) => sum + membership.spend, 0n)),
        budget_id: null,
        user_email: memberships[0]?.email ?? null,
        litellm_budget_table: null,
        created_at: joinedAt[0] ?? '',
        updated_at: joinedAt.at(-1) ?? '',
      };
    })
    .sort((left, right) => (left.user_id < right.user_id ? -1 : 1));
}
