import { Injectable } from '@nestjs/common';
import { isStorableText } from '#libs/access';
import { AuditedTable, AuditTrail, PROVISIONING_ACTOR, type AuditActor } from '#libs/audit';
import { Clock, GatehouseError } from '#libs/common';
import { SettingsStore } from '#libs/config';
import type { UnitOfWork } from '#libs/database';
import { bindingConflict, isBoundTo } from './account-binding.js';
import { NO_USER_VALUES, UNUSED_ACCOUNT, USERS } from './entities/user-record.js';
import { UserEntity } from './entities/user.entity.js';

const MAX_EMAIL_LENGTH = 320;

/** The account that a token maps to. */
export interface TokenUser {
  readonly userId: string;
  /** The email claim of the token; left out of the row when it is not a storable string. */
  readonly email: string | null;
  /** Whether the issuer vouches for the address; otherwise no user is found by it. */
  readonly isEmailVerified: boolean;
  /** Issuer of the token, to which the account is bound; `null` binds it to none. */
  readonly issuer: string | null;
  /** Subject of the token. */
  readonly subject: string | null;
}

/** An identity that comes to use an account. */
export interface AccountLink {
  readonly userId: string;
  /** Issuer of the token; `null` binds nothing. */
  readonly issuer: string | null;
  /** Subject of the token. */
  readonly subject: string | null;
  /** By what the token led to the account. An address leads to no account of another subject. */
  readonly foundBy: 'id' | 'email';
}

/** The writes to users that a token, not an administrator, brings about. */
@Injectable()
export class UserProvisioning {
  private readonly table: AuditedTable<UserEntity>;

  constructor(
    audit: AuditTrail,
    private readonly clock: Clock,
    private readonly settings: SettingsStore,
  ) {
    this.table = new AuditedTable(audit, USERS);
  }

  /**
   * Makes sure that the account exists and belongs to the token's issuer and subject. Concurrent first calls
   * make one row; a second call with another issuer or subject is refused.
   * @param user the account that the token maps to
   * @param actor who is recorded; default is provisioning by the account itself
   * @throws GatehouseError `identity_conflict` when the account is bound to another issuer or subject
   */
  async ensure(unit: UnitOfWork, user: TokenUser, actor?: AuditActor): Promise<void> {
    const { userId, issuer, subject } = user;
    const by = actor ?? { ...PROVISIONING_ACTOR, userId, issuer, subject };
    const now = this.clock.now();
    const email = isStorableText(user.email, MAX_EMAIL_LENGTH) ? user.email : null;
    const row = unit.manager.create(UserEntity, {
      ...NO_USER_VALUES,
      ...UNUSED_ACCOUNT,
      limits: this.settings.current.budgets.newUsers,
      userId,
      email,
      emailVerified: email !== null && user.isEmailVerified,
      boundIssuer: issuer,
      boundSubject: issuer === null ? null : subject,
      createdAt: now,
      updatedAt: now,
    });
    if (await this.table.insertIfAbsent(unit, row, by)) return;
    await this.bind(unit, { userId, issuer, subject, foundBy: 'id' }, by);
  }

  /**
   * Binds an unbound account to an identity, and an account of the issuer without a subject to the subject; does nothing
   * where it is bound to both already. An unknown account is left alone.
   * @param link the account and the identity that uses it
   * @param actor who is recorded; default is provisioning by the account itself
   * @throws GatehouseError `identity_conflict` when the account is bound to another issuer or subject, and when it
   *   was found by an address and its subject is open
   */
  async bind(unit: UnitOfWork, link: AccountLink, actor?: AuditActor): Promise<void> {
    const { userId, issuer, subject } = link;
    // Locked, so that of two issuers that come first at once one is bound and the other refused.
    const row = await this.table.lockRow(unit, userId);
    if (row === null || isBoundTo(row, link)) return;
    if (isConflict(row, link)) throw new GatehouseError('identity_conflict');
    const changes = { boundIssuer: issuer, boundSubject: subject };
    const by = actor ?? { ...PROVISIONING_ACTOR, userId, issuer, subject };
    await this.table.change(unit, { row, changes, action: 'linked' }, by);
  }
}

/** An address leads to the very subject that the account is bound to, never to an account whose subject is open. */
function isConflict(row: UserEntity, link: AccountLink): boolean {
  if (link.foundBy === 'email') return row.boundIssuer !== null;
  return bindingConflict(row, link) !== null;
}
