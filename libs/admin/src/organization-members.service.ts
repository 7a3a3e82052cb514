import { Injectable } from '@nestjs/common';
import {
  isProxyAdmin,
  requireOrganizationAdmin,
  userIdOf,
  type AccessContext,
  type LimitsChange,
} from '#libs/access';
import { auditActorOf, type AuditActor } from '#libs/audit';
import { GatehouseError } from '#libs/common';
import { Database, type UnitOfWork } from '#libs/database';
import {
  organizationMemberLimitsOf,
  OrganizationMembershipsService,
  OrganizationsService,
  type AddOrganizationMembersRequest,
  type DeleteOrganizationMemberRequest,
  type OrganizationMemberRequest,
  type OrganizationMembershipEntity,
  type UpdateOrganizationMemberRequest,
} from '#libs/orgs';
import type { UserEntity } from '#libs/users';
import type {
  AddedOrganizationMembersResponse,
  OrganizationMemberResponse,
} from './dto/organization-member.response.js';
import { MemberResolution } from './member-resolution.service.js';
import { OrganizationMemberPresentation } from './organization-member-presentation.service.js';

/** A user who became a member. */
interface AddedMember {
  readonly user: UserEntity;
  readonly membership: OrganizationMembershipEntity;
}

/** Adds members to organisations and removes them, for administrators of the gateway and of the organisation. */
@Injectable()
export class OrganizationMembers {
  constructor(
    private readonly database: Database,
    private readonly organizations: OrganizationsService,
    private readonly memberships: OrganizationMembershipsService,
    private readonly resolution: MemberResolution,
    private readonly presentation: OrganizationMemberPresentation,
  ) {}

  /**
   * Adds members: all of them, or none when one is a member already. Users who do not exist are made.
   * @param access an administrator's context
   * @throws GatehouseError `route_not_allowed`, `not_found` for an unknown organisation, `request_invalid` for a member who
   *   is one already
   */
  async add(
    request: AddOrganizationMembersRequest,
    access: AccessContext,
  ): Promise<AddedOrganizationMembersResponse> {
    const { organization_id: organizationId, member: members } = request;
    requireOrganizationAdmin(access, organizationId);
    const joining = { organizationId, members, ...organizationMemberLimitsOf(request) };
    const added = await this.database.write(async (unit) => {
      await this.organizations.lock(unit, [organizationId]);
      return this.addAll(unit, joining, auditActorOf(access));
    });
    const shown = added.map(({ membership }) => membership);
    return {
      organization_id: organizationId,
      updated_users: added.map(({ user: { userId, email, alias } }) => ({
        user_id: userId,
        user_email: email,
        user_alias: alias,
      })),
      updated_organization_memberships: await this.presentation.presentChanged(shown),
    };
  }

  /**
   * Changes what the request names about one member.
   * @param access an administrator's context
   * @throws GatehouseError `route_not_allowed`, also for the own budget of an administrator of the organisation, `not_found` for an unknown organisation, `request_invalid` for a user who is
   *   not a member
   */
  async update(
    request: UpdateOrganizationMemberRequest,
    access: AccessContext,
  ): Promise<OrganizationMemberResponse> {
    const { organization_id: organizationId, role } = request;
    requireOrganizationAdmin(access, organizationId);
    const changes = {
      ...organizationMemberLimitsOf(request),
      ...(typeof role === 'string' && { role }),
    };
    const row = await this.database.write(async (unit) => {
      await this.organizations.lock(unit, [organizationId]);
      const userId = await this.userIdOf(unit, request);
      if ('limits' in changes) refuseOwnBudget(access, userId);
      const member = { organizationId, userId, ...changes };
      return this.memberships.update(unit, member, auditActorOf(access));
    });
    return this.shown(row);
  }

  /**
   * Ends one membership.
   * @param access an administrator's context
   * @returns the membership as it was
   * @throws GatehouseError as {@link update}
   */
  async remove(
    request: DeleteOrganizationMemberRequest,
    access: AccessContext,
  ): Promise<OrganizationMemberResponse> {
    const { organization_id: organizationId } = request;
    requireOrganizationAdmin(access, organizationId);
    const row = await this.database.write(async (unit) => {
      await this.organizations.lock(unit, [organizationId]);
      const userId = await this.userIdOf(unit, request);
      const removed = await this.memberships.remove(
        unit,
        { organizationId, userId },
        auditActorOf(access),
      );
      if (Object.keys(removed.limits).length > 0) refuseOwnBudget(access, userId);
      return removed;
    });
    return this.shown(row);
  }

  private async addAll(
    unit: UnitOfWork,
    joining: {
      readonly organizationId: string;
      readonly members: readonly OrganizationMemberRequest[];
      readonly limits?: LimitsChange;
    },
    actor: AuditActor,
  ): Promise<AddedMember[]> {
    const { members, ...common } = joining;
    const added: AddedMember[] = [];
    const list = { members, param: 'member' };
    for (const { member, user } of await this.resolution.findOrCreateEach(unit, list, actor)) {
      const named = { ...common, userId: user.userId, role: member.role };
      const membership = await this.memberships.add(unit, named, actor);
      if (membership === null) throw alreadyMember();
      added.push({ user, membership });
    }
    return added;
  }

  /** An unknown user is not a member either; the response is the same. */
  private async userIdOf(
    unit: UnitOfWork,
    named: DeleteOrganizationMemberRequest,
  ): Promise<string> {
    return (await this.resolution.find(unit, named))?.userId ?? '';
  }

  private async shown(row: OrganizationMembershipEntity): Promise<OrganizationMemberResponse> {
    const [member] = await this.presentation.presentChanged([row]);
    if (member === undefined) throw new Error('one row is presented as one member');
    return member;
  }
}

/** Nothing but an administrator above, or beside it, loosens what an administrator of an organisation may spend there. */
function refuseOwnBudget(access: AccessContext, userId: string): void {
  if (isProxyAdmin(access) || userIdOf(access) !== userId) return;
  throw new GatehouseError('route_not_allowed', {
    message:
      'The budget of your own membership is changed by another administrator of the organization, or by one of the gateway.',
  });
}

function alreadyMember(): GatehouseError {
  return new GatehouseError('request_invalid', {
    message: 'The user is a member of the organization already.',
    param: 'member',
  });
}
