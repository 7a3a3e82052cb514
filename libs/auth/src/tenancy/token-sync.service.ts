import { Injectable } from '@nestjs/common';
import type { UnitOfWork } from '#libs/database';
import { MembershipSync } from '#libs/teams';
import { UserRoleSync } from '#libs/users';
import type { UserSync } from './membership-sync.js';

/** Lets the rows of a user follow its token, all of them in one transaction (threat A09). */
@Injectable()
export class TokenSyncService {
  /** @param memberships who is in which team */
  constructor(
    private readonly roles: UserRoleSync,
    private readonly memberships: MembershipSync,
  ) {}

  /**
   * Makes role and memberships those of a token, unless a later one has been mirrored meanwhile. The role goes first,
   * because it locks the user: of two tokens at once, one is mirrored wholly after the other.
   */
  async follow(unit: UnitOfWork, { teams, ...mirror }: UserSync): Promise<void> {
    const isNewest = await this.roles.mirror(unit, mirror);
    if (isNewest && teams !== null) {
      await this.memberships.mirror(unit, { userId: mirror.userId, ...teams });
    }
  }
}
