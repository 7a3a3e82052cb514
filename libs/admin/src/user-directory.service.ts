import { Injectable } from '@nestjs/common';
import type { AccessContext } from '#libs/access';
import { auditActorOf, type AuditActor } from '#libs/audit';
import { newEntityId, unknownRow } from '#libs/common';
import { Database, type UnitOfWork } from '#libs/database';
import {
  membershipsOf,
  newUserOf,
  userChangesOf,
  UsersService,
  type CreateUserRequest,
  type DeleteUsersRequest,
  type UpdateUserRequest,
} from '#libs/users';
import type { CreatedUserResponse, UpdatedUserResponse } from './dto/user-info.response.js';
import { MemberResolution } from './member-resolution.service.js';
import { OwnedKeys, type MadeKey } from './owned-keys.service.js';
import { UserMemberships } from './user-memberships.service.js';
import { UserPresentation } from './user-presentation.service.js';

/** Creates, changes, blocks and deletes users, for administrators. */
@Injectable()
export class UserDirectory {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly memberships: UserMemberships,
    private readonly resolution: MemberResolution,
    private readonly presentation: UserPresentation,
    private readonly ownedKeys: OwnedKeys,
  ) {}

  /**
   * Makes a user with its memberships and, unless the request says otherwise, a key.
   * @param access an administrator's context
   * @throws GatehouseError `already_exists` for an id or address that a user has or an alias that a
   * key has,
   *   `not_found` for an unknown team or organisation
   */
  async create(request: CreateUserRequest, access: AccessContext): Promise<CreatedUserResponse> {
    const actor = auditActorOf(access);
    const userId = request.user_id ?? newEntityId();
    const organizationIds = request.organizations ?? [];
    const { row, made } = await this.database.write(async (unit) => {
      await this.memberships.lockOrganizations(unit, organizationIds);
      const user = await this.users.create(unit, userId, newUserOf(request), actor);
      await this.memberships.replaceTeams(unit, userId, membershipsOf(request.teams ?? []), actor);
      await this.memberships.joinOrganizations(unit, userId, organizationIds, actor);
      return { row: user, made: await this.keyOf(unit, userId, request, actor) };
    });
    const user = await this.presentation.presentChanged(row);
    return { ...user, ...createdKeyMembers(made) };
  }

  /**
   * Changes what the request names.
   * @param access an administrator's context
   * @throws GatehouseError `not_found` for an unknown user or team, `already_exists` for an address
   *   of another user
   */
  async update(request: UpdateUserRequest, access: AccessContext): Promise<UpdatedUserResponse> {
    const actor = auditActorOf(access);
    const row = await this.database.write(async (unit) => {
      const userId = await this.idOf(unit, request);
      const user = await this.users.update(unit, userId, userChangesOf(request), actor);
      if (request.teams !== undefined) {
        await this.memberships.replaceTeams(
          unit,
          userId,
          membershipsOf(request.teams ?? []),
          actor,
        );
      }
      return user;
    });
    const data = await this.presentation.presentChanged(row);
    return { user_id: data.user_id, data };
  }

  /**
   * Deletes users with their memberships and keys: all of them, or none when one is unknown. What
   * they spent stays booked.
   * @param access an administrator's context
   * @throws GatehouseError `not_found`
   */
  async remove(request: DeleteUsersRequest, access: AccessContext): Promise<number> {
    const actor = auditActorOf(access);
    return this.database.write(async (unit) => {
      const rows = await this.users.lock(unit, request.user_ids);
      const keys = await this.ownedKeys.lock(unit, { userIds: request.user_ids });
      const memberships = await this.memberships.clear(unit, request.user_ids);
      await this.ownedKeys.remove(unit, keys, actor);
      await this.users.remove(unit, rows, { actor, memberships });
      return rows.length;
    });
  }

  private async keyOf(
    unit: UnitOfWork,
    userId: string,
    request: CreateUserRequest,
    actor: AuditActor,
  ): Promise<MadeKey | null> {
    if (request.auto_create_key === false) return null;
    const alias = request.key_alias ?? null;
    return this.ownedKeys.create(unit, { userId, alias, models: request.models ?? [] }, actor);
  }

  private async idOf(unit: UnitOfWork, request: UpdateUserRequest): Promise<string> {
    if (typeof request.user_id === 'string') return request.user_id;
    const user = await this.resolution.find(unit, request);
    if (user === null) throw unknownRow('user', 'user_email');
    return user.userId;
  }
}

/** LiteLLM's members of the key in the response; empty where none was made. */
function createdKeyMembers(
  made: MadeKey | null,
): Pick<CreatedUserResponse, 'key' | 'key_name' | 'key_alias' | 'token' | 'expires'> {
  if (made === null) {
    return { key: '', key_name: null, key_alias: null, token: null, expires: null };
  }
  const { keyText, row } = made;
  return {
    key: keyText,
    key_name: row.name,
    key_alias: row.alias,
    token: row.keyId,
    expires: row.expiresAt?.toISOString() ?? null,
  };
}
