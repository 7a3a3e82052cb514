import { Injectable } from '@nestjs/common';
import type { UserRole } from '#libs/access';
import { AuditedTable, AuditTrail, PROVISIONING_ACTOR, type AuditActor } from '#libs/audit';
import { Clock } from '#libs/common';
import type { UnitOfWork } from '#libs/database';
import { USERS } from './entities/user-record.js';
import { UserEntity } from './entities/user.entity.js';

/** The facts of a token that are stored for its user. */
export interface TokenMirror {
  readonly userId: string;
  /** `iat` of the token in seconds since the Unix epoch; `null` for a token without. */
  readonly issuedAt: number | null;
  /** The role to store, in which `null` is the default one; `undefined` leaves the stored one alone. */
  readonly role?: UserRole | null | undefined;
}

/**
 * Tells whether a token may still change what is stored of its user: none that was issued later has been mirrored.
 * Where times of issue have been seen, a token without one counts as old.
 * @param issuedAt `iat` of the token
 * @param syncedIssuedAt `iat` of the newest one that was mirrored
 */
export function isNewestToken(issuedAt: number | null, syncedIssuedAt: number | null): boolean {
  return syncedIssuedAt === null || (issuedAt !== null && issuedAt >= syncedIssuedAt);
}

/**
 * Makes stored roles follow the tokens of their users (`sync_user_role_and_teams`,
 * docs/how-to/choose-the-team.md).
 */
@Injectable()
export class UserRoleSync {
  private readonly table: AuditedTable<UserEntity>;

  constructor(
    audit: AuditTrail,
    private readonly clock: Clock,
  ) {
    this.table = new AuditedTable(audit, USERS);
  }

  /**
   * Mirrors the role of a token, unless one that was issued later has been mirrored before, so that
   * replaying an old token restores no role (threat A08). The time of the newest token is not
   * audited. The user stays locked until the transaction ends, so that memberships mirrored in it
   * belong to the same token.
   * @param actor who is recorded; default is provisioning by the account itself
   * @returns false for an old token and for an unknown user: nothing else of the token may be mirrored either
   */
  async mirror(unit: UnitOfWork, mirror: TokenMirror, actor?: AuditActor): Promise<boolean> {
    const { userId, issuedAt, role } = mirror;
    const row = await this.table.lockRow(unit, userId);
    if (row === null || !isNewestToken(issuedAt, row.syncedIssuedAt)) return false;
    const syncedIssuedAt = issuedAt ?? row.syncedIssuedAt;
    if (role === undefined) {
      await unit.manager.update(UserEntity, { userId }, { syncedIssuedAt });
      unit.changed('user', userId);
      return true;
    }
    const updatedAt = this.clock.now();
    const changes = { syncedIssuedAt, role, roleSource: 'sync' as const, updatedAt };
    await this.table.change(unit, { row, changes }, actor ?? { ...PROVISIONING_ACTOR, userId });
    return true;
  }
}
