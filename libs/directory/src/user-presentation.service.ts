import { Injectable } from '@nestjs/common';
import type { Plain } from '#libs/access';
import { SpendTotals } from '#libs/spend';
import { MembershipsService } from '#libs/teams';
import { toUserResponse, type UserEntity, type UserResponse } from '#libs/users';

/** Puts users together with their teams and their spend. */
@Injectable()
export class UserPresentation {
  constructor(
    private readonly memberships: MembershipsService,
    private readonly totals: SpendTotals,
  ) {}

  /**
   * The users in the order given. Takes the same few queries for one user as for a thousand.
   * @param rows the users
   * @throws GatehouseError `database_unavailable`
   */
  async present(rows: readonly UserEntity[]): Promise<Plain<UserResponse>[]> {
    const userIds = rows.map((row) => row.userId);
    const [memberships, spend] = await Promise.all([
      this.memberships.listByUsers(userIds),
      this.totals.read('user', userIds),
    ]);
    const teams = Map.groupBy(memberships, (membership) => membership.userId);
    return rows.map((row) => {
      const teamIds = (teams.get(row.userId) ?? []).map((membership) => membership.teamId);
      return toUserResponse(row, teamIds, spend.get(row.userId) ?? 0n);
    });
  }

  /**
   * {@link present} for one user.
   * @param row the user
   */
  async presentOne(row: UserEntity): Promise<Plain<UserResponse>> {
    const [user] = await this.present([row]);
    return user ?? toUserResponse(row, [], 0n);
  }
}
