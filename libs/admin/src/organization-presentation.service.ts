import { Injectable } from '@nestjs/common';
import type { Plain } from '#libs/access';
import {
  toOrganizationResponse,
  type OrganizationEntity,
  type OrganizationResponse,
} from '#libs/orgs';
import { BudgetTables, BudgetUsages, ResetTimes, SpendTotals } from '#libs/spend';
import type { OrganizationInfoResponse } from './dto/organization-info.response.js';
import { OrganizationPeople, type PeopleDetail } from './organization-people.service.js';

/** Puts organisations together with their teams, the people in them, and their spend. */
@Injectable()
export class OrganizationPresentation {
  constructor(
    private readonly people: OrganizationPeople,
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
    return this.assemble(rows, 'plain');
  }

  /**
   * {@link present} for one organisation, with what was spent of its budgets and of those of its members.
   * @throws GatehouseError `database_unavailable`
   */
  async presentOne(row: OrganizationEntity): Promise<Plain<OrganizationInfoResponse>> {
    const { organizationId: id, limits } = row;
    const usage = await this.usages.ofOne({ scope: 'org', id, limits });
    return { ...this.onlyOf(await this.assemble([row], 'with_usage')), ...usage };
  }

  /**
   * {@link presentOne} for an organisation whose change is committed: spend that cannot be read now is
   * shown as zero rather than failing the answer.
   */
  async presentChanged(row: OrganizationEntity): Promise<Plain<OrganizationInfoResponse>> {
    return this.onlyOf(await this.assemble([row], 'changed'));
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
    detail: PeopleDetail,
  ): Promise<Plain<OrganizationInfoResponse>[]> {
    const organizationIds = rows.map((row) => row.organizationId);
    if (organizationIds.length === 0) return [];
    const [table, spend, people] = await Promise.all([
      this.budgetTables.of(rows.map(({ limits }) => limits)),
      detail === 'changed'
        ? this.totals.readIfPossible('org', organizationIds)
        : this.totals.read('org', organizationIds),
      this.people.of(organizationIds, detail),
    ]);
    const resetTime = this.resetTimes.now();
    return rows.map((row) => {
      const { teams, members } = people(row.organizationId);
      const spent = spend.get(row.organizationId) ?? 0n;
      return {
        ...toOrganizationResponse(row, spent, resetTime, table(row.limits)),
        teams: [...teams],
        members: [...members],
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
