import { Injectable } from '@nestjs/common';
import type { Plain } from '#libs/access';
import { BudgetUsages, ResetTimes, SpendTotals } from '#libs/spend';
import { MembershipsService } from '#libs/teams';
import { toUserResponse, type UserEntity, type UserResponse } from '#libs/users';
import type { UserValuesResponse } from './dto/user-info.response.js';
import { OrganizationMemberPresentation } from './organization-member-presentation.service.js';

/** Puts users together with their teams and their spend. */
@Injectable()
export class UserPresentation {
  constructor(
    private readonly memberships: MembershipsService,
    private readonly totals: SpendTotals,
    private readonly resetTimes: ResetTimes,
    private readonly usages: BudgetUsages,
    private readonly organizations: OrganizationMemberPresentation,
  ) {}

  /**
   * The users in the order given. Takes the same few queries for one user as for a thousand.
   * @throws GatehouseError `database_unavailable`
   */
  present(rows: readonly UserEntity[]): Promise<Plain<UserResponse>[]> {
    return this.assemble(rows, (scope, ids) => this.totals.read(scope, ids));
  }

  /**
   * {@link present} for one user, with what was spent of its budgets and with its memberships in organisations.
   * @throws GatehouseError `database_unavailable`
   */
  async presentOne(row: UserEntity): Promise<Plain<UserValuesResponse>> {
    const { userId: id, limits } = row;
    const [presented, usage, memberships] = await Promise.all([
      this.present([row]),
      this.usages.ofOne({ scope: 'user', id, limits }),
      this.organizations.ofUser(id),
    ]);
    return { ...this.onlyOf(row, presented), ...usage, organization_memberships: memberships };
  }

  /**
   * {@link present} for users whose change is committed: spend that cannot be read now is shown as zero
   * rather than failing the answer.
   */
  presentAllChanged(rows: readonly UserEntity[]): Promise<Plain<UserResponse>[]> {
    return this.assemble(rows, (scope, ids) => this.totals.readIfPossible(scope, ids));
  }

  /** {@link presentAllChanged} for one user. */
  async presentChanged(row: UserEntity): Promise<Plain<UserResponse>> {
    return this.onlyOf(row, await this.presentAllChanged([row]));
  }

  private async assemble(
    rows: readonly UserEntity[],
    readSpend: SpendTotals['read'],
  ): Promise<Plain<UserResponse>[]> {
    const userIds = rows.map((row) => row.userId);
    const [memberships, spend] = await Promise.all([
      this.memberships.listByUsers(userIds),
      readSpend('user', userIds),
    ]);
    const teams = Map.groupBy(memberships, (membership) => membership.userId);
    const resetTime = this.resetTimes.now();
    return rows.map((row) => {
      const teamIds = (teams.get(row.userId) ?? []).map((membership) => membership.teamId);
      return toUserResponse(row, teamIds, spend.get(row.userId) ?? 0n, resetTime);
    });
  }

  private onlyOf(row: UserEntity, [user]: readonly Plain<UserResponse>[]): Plain<UserResponse> {
    return user ?? toUserResponse(row, [], 0n, this.resetTimes.now());
  }
}
