import { Injectable } from '@nestjs/common';
import type { UserRole } from '#libs/access';
import { AuditTrail, PROVISIONING_ACTOR, type AuditActor } from '#libs/audit';
import { Clock } from '#libs/common';
import type { UnitOfWork } from '#libs/database';
import { userRecordOf } from './user-record.js';
import { UserEntity } from './user.entity.js';

/** What a token says about its user, to be mirrored. */
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

/** Lets stored roles follow the tokens of their users (`sync_user_role_and_teams`, decision 2.13). */
@Injectable()
export class UserRoleSync {
  constructor(
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /**
   * Mirrors the role of a token, unless one that was issued later has been mirrored before, so that replaying an old
   * token gives nothing back (threat A08). Which token was the newest is bookkeeping and not audited. The user stays locked until the transaction ends, so that what else of the
   * token is mirrored in it belongs to the same token.
   * @param unit the transaction
   * @param mirror what the token says
   * @param actor who is recorded; default is provisioning by the account itself
   * @returns false for an old token and for an unknown user: nothing else of the token may be mirrored either
   */
  async mirror(unit: UnitOfWork, mirror: TokenMirror, actor?: AuditActor): Promise<boolean> {
    const { userId, issuedAt, role } = mirror;
    const row = await unit.manager.findOne(UserEntity, {
      where: { userId },
      lock: { mode: 'for_no_key_update' },
    });
    if (row === null || !isNewestToken(issuedAt, row.syncedIssuedAt)) return false;
    const before = userRecordOf(row);
    const changes = {
      syncedIssuedAt: issuedAt ?? row.syncedIssuedAt,
      ...(role !== undefined && {
        role,
        roleSource: 'sync' as const,
        updatedAt: this.clock.now(),
      }),
    };
    Object.assign(row, changes);
    await unit.manager.update(UserEntity, { userId }, changes);
    unit.changed('user', userId);
    if (role === undefined) return true;
    await this.audit.record(unit, {
      action: 'updated',
      table: 'users',
      objectId: userId,
      before,
      after: userRecordOf(row),
      actor: actor ?? { ...PROVISIONING_ACTOR, userId },
    });
    return true;
  }
}
