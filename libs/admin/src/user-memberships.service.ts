import { Injectable } from '@nestjs/common';
import type { AuditActor } from '#libs/audit';
import type { UnitOfWork } from '#libs/database';
import {
  organizationMembershipRecordOf,
  OrganizationMembershipsService,
  OrganizationsService,
} from '#libs/orgs';
import { membershipRecordOf, MembershipsService } from '#libs/teams';

/** The memberships of users in teams and in organisations. */
@Injectable()
export class UserMemberships {
  constructor(
    private readonly teams: MembershipsService,
    private readonly organizations: OrganizationMembershipsService,
    private readonly organizationRows: OrganizationsService,
  ) {}

  /**
   * Locks the organisations that a new user is to join. Called before the user is made, as in the other direction: otherwise the two
   * could wait for each other.
   * @throws GatehouseError `not_found` when one of them does not exist
   */
  async lockOrganizations(unit: UnitOfWork, organizationIds: readonly string[]): Promise<void> {
    if (organizationIds.length > 0)
      await this.organizationRows.lock(unit, organizationIds, 'organizations');
  }

  /** Makes a new user a member of locked organisations, without limits of its own. */
  async joinOrganizations(
    unit: UnitOfWork,
    userId: string,
    organizationIds: readonly string[],
    actor: AuditActor,
  ): Promise<void> {
    for (const organizationId of organizationIds)
      await this.organizations.add(unit, { organizationId, userId }, actor);
  }

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
