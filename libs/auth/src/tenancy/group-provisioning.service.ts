import { Injectable } from '@nestjs/common';
import { GatehouseError } from '#libs/common';
import type { UnitOfWork } from '#libs/database';
import { OrganizationsService } from '#libs/orgs';
import { TeamsService } from '#libs/teams';
import type { PlannedWrites } from './planned-writes.js';

/** Makes the organisations, teams and memberships that tokens are the first to name. */
@Injectable()
export class GroupProvisioningService {
  constructor(
    private readonly organizations: OrganizationsService,
    private readonly teams: TeamsService,
  ) {}

  /**
   * Makes the planned organisation, then the planned team, unless another call has made them.
   * @throws GatehouseError `org_unknown` when an administrator has deleted the team's organisation meanwhile
   */
  async make(
    unit: UnitOfWork,
    { newOrgId, newTeam }: Pick<PlannedWrites, 'newOrgId' | 'newTeam'>,
  ): Promise<void> {
    if (newOrgId !== null) await this.organizations.ensureFromToken(unit, newOrgId);
    if (newTeam === null) return;
    try {
      await this.teams.ensureFromToken(unit, newTeam.teamId, newTeam.organizationId);
    } catch (error) {
      if (!(error instanceof GatehouseError) || error.code !== 'not_found') throw error;
      throw new GatehouseError('org_unknown', { cause: error });
    }
  }

  /** Makes a membership unless it exists. */
  async addMember(
    unit: UnitOfWork,
    membership: NonNullable<PlannedWrites['membership']>,
  ): Promise<void> {
    await this.teams.addMember(unit, { ...membership, source: 'token' });
  }

  /** Returns the refusal of a membership whose team or user an administrator deleted after the rows were looked up. */
  async vanished(membership: { readonly teamId: string }, cause: unknown): Promise<GatehouseError> {
    const team = await this.teams.find(membership.teamId);
    return new GatehouseError(team === null ? 'team_unknown' : 'user_unknown', { cause });
  }
}
