import { Injectable } from '@nestjs/common';
import type { UnitOfWork } from '#libs/database';
import { organizationMembershipRecordOf, OrganizationMembershipsService } from '#libs/orgs';
import { membershipRecordOf, MembershipsService } from '#libs/teams';

/** The memberships of users in teams and in organisations. */
@Injectable()
export class UserMemberships {
  constructor(
    private readonly teams: MembershipsService,
    private readonly organizations: OrganizationMembershipsService,
  ) {}

  /** Makes the memberships of a user in teams exactly these; see {@link MembershipsService.replace}. */
  async replaceTeams(...change: Parameters<MembershipsService['replace']>): Promise<void> {
    await this.teams.replace(...change);
  }

  /**
   * Deletes every membership of locked users.
   * @returns by user, the forms in which they stand in the audit trail
   */
  async clear(
    unit: UnitOfWork,
    userIds: readonly string[],
  ): Promise<ReadonlyMap<string, readonly object[]>> {
    const teams = await this.teams.clear(unit, { userIds });
    const organizations = await this.organizations.clear(unit, { userIds });
    const records = [
      ...teams.map((row) => ({ userId: row.userId, record: membershipRecordOf(row) })),
      ...organizations.map((row) => ({
        userId: row.userId,
        record: organizationMembershipRecordOf(row),
      })),
    ];
    const byUser = Map.groupBy(records, ({ userId }) => userId);
    return new Map([...byUser].map(([userId, own]) => [userId, own.map(({ record }) => record)]));
  }
}
