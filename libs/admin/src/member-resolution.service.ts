import { Injectable } from '@nestjs/common';
import type { AuditActor } from '#libs/audit';
import { GatehouseError, isGatehouseError, newEntityId } from '#libs/common';
import type { UnitOfWork } from '#libs/database';
import { UsersService, type UserEntity } from '#libs/users';

/** How a request names a user: by id, by address, or by both. */
export interface NamedUser {
  readonly user_id?: string | null;
  readonly user_email?: string | null;
}

/** Finds the users that administrators name as members. */
@Injectable()
export class MemberResolution {
  constructor(private readonly users: UsersService) {}

  /**
   * The user who is meant, made on the spot when there is none yet, as LiteLLM does. An id decides
   * before an address; the address then only describes a new user.
   * @param named how the user is named
   * @param actor who is recorded as the maker of a new user
   * @throws GatehouseError `request_invalid` when no one or several users are named
   */
  async findOrCreate(unit: UnitOfWork, named: NamedUser, actor: AuditActor): Promise<UserEntity> {
    const known = await this.find(unit, named);
    if (known !== null) return known;
    const userId = named.user_id ?? newEntityId();
    try {
      return await this.users.create(unit, userId, { email: named.user_email ?? null }, actor);
    } catch (error) {
      // Another transaction inserted the same user after the look-up, and has committed.
      const winner = isGatehouseError(error, 'already_exists') && (await this.find(unit, named));
      if (winner instanceof Object) return winner;
      throw error;
    }
  }

  /**
   * The users who are meant, as {@link findOrCreate} finds them, in the order of the list.
   * @throws GatehouseError `request_invalid` when an entry names no one or several users, or two entries the same one
   */
  async findOrCreateEach<Named extends NamedUser>(
    unit: UnitOfWork,
    list: { readonly members: readonly Named[]; readonly param: string },
    actor: AuditActor,
  ): Promise<readonly { readonly member: Named; readonly user: UserEntity }[]> {
    const found: { readonly member: Named; readonly user: UserEntity }[] = [];
    for (const [at, member] of list.members.entries()) {
      const user = await this.findOrCreate(unit, member, actor);
      const first = found.findIndex((other) => other.user.userId === user.userId);
      if (first >= 0) throw namedTwice(list.param, first, at);
      found.push({ member, user });
    }
    return found;
  }

  /**
   * The user who is meant, `null` when there is none.
   * @param named how the user is named
   * @throws GatehouseError `request_invalid` when no one or several users are named
   */
  async find(unit: UnitOfWork, named: NamedUser): Promise<UserEntity | null> {
    if (typeof named.user_id === 'string') return this.users.findRow(unit, named.user_id);
    if (typeof named.user_email !== 'string') {
      throw new GatehouseError('request_invalid', {
        message: 'Name the user by user_id or user_email.',
        param: 'user_id',
      });
    }
    const [first, second] = await this.users.listByEmail(unit, named.user_email);
    if (second !== undefined) {
      throw new GatehouseError('request_invalid', {
        message: 'Several users have that user_email; name the user by user_id.',
        param: 'user_email',
      });
    }
    return first ?? null;
  }
}

function namedTwice(param: string, first: number, second: number): GatehouseError {
  return new GatehouseError('request_invalid', {
    message: `${param}[${String(second)}] names the same user as ${param}[${String(first)}]; name each user once.`,
    param,
  });
}
