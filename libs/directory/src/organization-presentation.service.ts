import { Injectable } from '@nestjs/common';
import type { Plain } from '#libs/access';
import { usdNumber, type PicoUsd } from '#libs/common';
import { toOrganizationResponse, type OrganizationEntity } from '#libs/orgs';
import { SpendTotals } from '#libs/spend';
import { TeamsService } from '#libs/teams';
import type {
  OrganizationInfoResponse,
  OrganizationMemberResponse,
} from './dto/organization-info.response.js';
import { TeamPresentation, type PresentedTeam } from './team-presentation.service.js';

/** Puts organisations together with their teams, the people in them, and their spend. */
@Injectable()
export class OrganizationPresentation {
  constructor(
    private readonly teams: TeamsService,
    private readonly teamPresentation: TeamPresentation,
    private readonly totals: SpendTotals,
  ) {}

  /**
   * The organisations in the order given. Takes the same few queries for one as for a hundred.
   * @param rows the organisations
   * @throws GatehouseError `database_unavailable`
   */
  async present(rows: readonly OrganizationEntity[]): Promise<Plain<OrganizationInfoResponse>[]> {
    const organizationIds = rows.map((row) => row.organizationId);
    if (organizationIds.length === 0) return [];
    const [spend, teamRows] = await Promise.all([
      this.totals.read('org', organizationIds),
      this.teams.list({ organizationIds }),
    ]);
    const presented = await this.teamPresentation.present(teamRows);
    const teams = Map.groupBy(presented, (team) => team.response.organization_id);
    return rows.map((row) => {
      const own = teams.get(row.organizationId) ?? [];
      return {
        ...toOrganizationResponse(row, spend.get(row.organizationId) ?? 0n),
        teams: own.map((team) => team.response),
        members: membersOf(row.organizationId, own),
        users: [],
      };
    });
  }

  /**
   * {@link present} for one organisation.
   * @param row the organisation
   */
  async presentOne(row: OrganizationEntity): Promise<Plain<OrganizationInfoResponse>> {
    const [organization] = await this.present([row]);
    return (
      organization ?? { ...toOrganizationResponse(row, 0n), teams: [], members: [], users: [] }
    );
  }

  /**
   * What was booked to an organisation.
   * @param organizationId which one
   */
  async spendOf(organizationId: string): Promise<PicoUsd> {
    return (await this.totals.read('org', [organizationId])).get(organizationId) ?? 0n;
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
