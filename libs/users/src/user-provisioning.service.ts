import { Injectable } from '@nestjs/common';
import { isStorableText } from '#libs/access';
import { AuditTrail, PROVISIONING_ACTOR, type AuditActor } from '#libs/audit';
import { Clock, GatehouseError } from '#libs/common';
import type { UnitOfWork } from '#libs/database';
import { NO_USER_VALUES, userRecordOf } from './user-record.js';
import { UserEntity } from './user.entity.js';

const TABLE = 'users';
const MAX_EMAIL_LENGTH = 320;

/** The account that a token maps to. */
export interface TokenUser {
  readonly userId: string;
  /** Email claim as it stands in the token; left out of the row when it is no storable text. */
  readonly email: string | null;
  /** Issuer of the token, to which the account is bound; `null` binds it to none. */
  readonly issuer: string | null;
}

/** The writes to users that a token, not an administrator, brings about. */
@Injectable()
export class UserProvisioning {
  constructor(
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes sure that the account exists and belongs to the token's issuer. Concurrent first calls
   * make one row; whoever comes second with another issuer is refused.
   * @param unit the transaction
   * @param user the account that the token maps to
   * @param actor who is recorded; default is provisioning by the account itself
   * @throws GatehouseError `identity_conflict` when the account is bound to another issuer
   */
  async ensure(unit: UnitOfWork, user: TokenUser, actor?: AuditActor): Promise<void> {
    const by = actor ?? { ...PROVISIONING_ACTOR, userId: user.userId, issuer: user.issuer };
    const now = this.clock.now();
    const row = unit.manager.create(UserEntity, {
      ...NO_USER_VALUES,
      userId: user.userId,
      email: isStorableText(user.email, MAX_EMAIL_LENGTH) ? user.email : null,
      boundIssuer: user.issuer,
      createdAt: now,
      updatedAt: now,
    });
    const inserted = await unit.manager
      .createQueryBuilder()
      .insert()
      .into(UserEntity)
      .values(row)
      .orIgnore()
      .returning('user_id')
      .execute();
    if ((inserted.raw as unknown[]).length === 0) {
      await this.bind(unit, user.userId, user.issuer, by);
      return;
    }
    unit.changed('user', user.userId);
    await this.audit.record(unit, {
      action: 'created',
      table: TABLE,
      objectId: user.userId,
      before: null,
      after: userRecordOf(row),
      actor: by,
    });
  }

  /**
   * Binds an unbound account to an issuer; does nothing where it is bound to that issuer already.
   * @param unit the transaction
   * @param userId which account; an unknown one is left alone
   * @param issuer issuer of the token that uses it; `null` binds nothing
   * @param actor who is recorded; default is provisioning by the account itself
   * @throws GatehouseError `identity_conflict` when the account is bound to another issuer
   */
  async bind(
    unit: UnitOfWork,
    userId: string,
    issuer: string | null,
    actor?: AuditActor,
  ): Promise<void> {
    // Locked, so that of two issuers that come first at once one is bound and the other refused.
    const row = await unit.manager.findOne(UserEntity, {
      where: { userId },
      lock: { mode: 'for_no_key_update' },
    });
    if (row === null || row.boundIssuer === issuer) return;
    if (row.boundIssuer !== null) throw new GatehouseError('identity_conflict');
    const before = userRecordOf(row);
    row.boundIssuer = issuer;
    await unit.manager.update(UserEntity, { userId }, { boundIssuer: issuer });
    unit.changed('user', userId);
    await this.audit.record(unit, {
      action: 'linked',
      table: TABLE,
      objectId: userId,
      before,
      after: userRecordOf(row),
      actor: actor ?? { ...PROVISIONING_ACTOR, userId, issuer },
    });
  }
}
