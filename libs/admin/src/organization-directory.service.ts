import { Injectable } from '@nestjs/common';
import {
  mayReadEverything,
  requireOrganizationReader,
  type AccessContext,
  type Plain,
} from '#libs/access';
import { auditActorOf } from '#libs/audit';
import { newEntityId } from '#libs/common';
import { Database } from '#libs/database';
import {
  newOrganizationOf,
  organizationChangesOf,
  OrganizationsService,
  type CreateOrganizationRequest,
  type OrganizationResponse,
  type UpdateOrganizationRequest,
} from '#libs/orgs';
import { TeamsService } from '#libs/teams';
import type { OrganizationInfoResponse } from './dto/organization-info.response.js';
import type {
  DeleteOrganizationsRequest,
  ListOrganizationsRequest,
} from './dto/organization.request.js';
import { OrganizationPresentation } from './organization-presentation.service.js';
import { OwnTeams } from './own-teams.service.js';
import { OwnedKeys } from './owned-keys.service.js';

/** Organisations as administrators and the people in them see them. */
@Injectable()
export class OrganizationDirectory {
  constructor(
    private readonly database: Database,
    private readonly organizations: OrganizationsService,
    private readonly teams: TeamsService,
    private readonly presentation: OrganizationPresentation,
    private readonly ownTeams: OwnTeams,
    private readonly ownedKeys: OwnedKeys,
  ) {}

  /**
   * Makes an organisation.
   * @param access an administrator's context
   * @throws GatehouseError `already_exists`
   */
  async create(
    request: CreateOrganizationRequest,
    access: AccessContext,
  ): Promise<OrganizationResponse> {
    const actor = auditActorOf(access);
    const organizationId = request.organization_id ?? newEntityId();
    const row = await this.database.write((unit) =>
      this.organizations.create(unit, organizationId, newOrganizationOf(request), actor),
    );
    return this.presentation.presentChangedRow(row);
  }

  /**
   * Changes what the request names.
   * @param access an administrator's context
   * @throws GatehouseError `not_found`
   */
  async update(
    request: UpdateOrganizationRequest,
    access: AccessContext,
  ): Promise<OrganizationInfoResponse> {
    const actor = auditActorOf(access);
    const { organization_id: organizationId } = request;
    const row = await this.database.write((unit) =>
      this.organizations.update(unit, organizationId, organizationChangesOf(request), actor),
    );
    return this.presentation.presentChanged(row);
  }

  /**
   * One organisation with its teams and the people in it.
   * @param access the context of a caller that may read it
   * @throws GatehouseError `route_not_allowed`, `not_found`
   */
  async info(organizationId: string, access: AccessContext): Promise<OrganizationInfoResponse> {
    requireOrganizationReader(access, organizationId);
    return this.presentation.presentOne(await this.organizations.get(organizationId));
  }

  /**
   * Returns organisations in the order of their aliases. A caller that may not read everything sees the organisations that it
   * administers, those that it is a member of, and that of its calls: of one that it does not administer its own teams and
   * itself, with `spend` 0.
   * @param access the caller's context
   */
  async list(
    request: ListOrganizationsRequest,
    access: AccessContext,
  ): Promise<OrganizationInfoResponse[]> {
    const { org_id: id, org_alias: alias } = request;
    const named = alias === undefined ? {} : { alias };
    if (mayReadEverything(access)) {
      const filter = { ...named, ...(id !== undefined && { organizationIds: [id] }) };
      return this.presentation.present(await this.organizations.list(filter));
    }
    const visible = await this.ownTeams.organizationsOf(access);
    const organizationIds = visible.filter((one) => id === undefined || one === id);
    const found = await this.organizations.list({ ...named, organizationIds });
    const presented = await this.presentation.present(found);
    return Promise.all(presented.map((organization) => this.ownPartOf(organization, access)));
  }

  private async ownPartOf(
    organization: Plain<OrganizationInfoResponse>,
    access: AccessContext,
  ): Promise<OrganizationInfoResponse> {
    if (access.administeredOrganizations.includes(organization.organization_id)) {
      return organization;
    }
    const { userId } = access.attribution;
    const own = new Set(await this.ownTeams.of(access));
    return {
      ...organization,
      spend: 0,
      teams: organization.teams.filter((team) => own.has(team.team_id)),
      members: organization.members.filter((member) => member.user_id === userId),
    };
  }

  /**
   * Deletes organisations with their members, their teams, those teams' memberships and the keys of both: all of
   * them, or none when one is unknown. Users stay, and what was spent stays booked.
   * @param access an administrator's context
   * @returns the organisations as they were
   * @throws GatehouseError `not_found`
   */
  async remove(
    request: DeleteOrganizationsRequest,
    access: AccessContext,
  ): Promise<OrganizationInfoResponse[]> {
    const actor = auditActorOf(access);
    const organizationIds = request.organization_ids;
    const known = await Promise.all(organizationIds.map((id) => this.organizations.get(id)));
    const before = await this.presentation.present(known);
    await this.database.write(async (unit) => {
      // Every row lock comes before the first audit record, whose lock all writers share.
      const rows = await this.organizations.lock(unit, organizationIds, 'organization_ids');
      const teams = await this.teams.lock(unit, { organizationIds });
      const teamIds = teams.map((team) => team.teamId);
      const keys = await this.ownedKeys.lock(unit, { organizationIds }, { teamIds });
      await this.ownedKeys.remove(unit, keys, actor);
      await this.teams.remove(unit, teams, actor);
      await this.organizations.remove(unit, rows, actor);
    });
    return before;
  }
}
