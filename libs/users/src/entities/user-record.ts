import type { Limits, UserRole, WithLimitsChange } from '#libs/access';
import type { AuditAction, AuditedTableDescription } from '#libs/audit';
import { unknownRow } from '#libs/common';
import { initialValuesOf } from '#libs/database';
import { UserEntity, type RoleSource } from './user.entity.js';

/** The facts of a user that decisions need. Frozen. */
export interface UserSnapshot {
  readonly userId: string;
  readonly email: string | null;
  readonly role: UserRole | null;
  /** `sync`: the role follows the user's tokens, so a token without one takes it away. */
  readonly roleSource: RoleSource;
  /** `iat` of the newest token that was mirrored, `null` while none has been. */
  readonly syncedIssuedAt: number | null;
  /** Empty is every model. */
  readonly models: readonly string[];
  readonly blocked: boolean;
  readonly limits: Limits;
  /** Issuer whose tokens may use the account; `null` while none has. */
  readonly boundIssuer: string | null;
  /** Subject that it was bound with; `null` where the token had none. */
  readonly boundSubject: string | null;
}

/** Members of a row that follow from tokens or from the time. */
type KeptMember =
  | 'userId'
  | 'emailVerified'
  | 'roleSource'
  | 'syncedIssuedAt'
  | keyof UserBinding
  | 'createdAt'
  | 'updatedAt';

/** The values of a user that an administrator may set. */
export type UserValues = Readonly<Omit<UserEntity, KeptMember>>;

/** To whose tokens an account belongs. */
export interface UserBinding {
  /** `null` leaves it to the first issuer whose token uses it. */
  readonly boundIssuer: string | null;
  /** `null` where it does not matter; always `null` without an issuer. */
  readonly boundSubject: string | null;
}

/** The changes to a user that an administrator may make. */
export type UserChanges = WithLimitsChange<UserValues> & Partial<UserBinding>;

/** The binding of an account that no token has used. */
export const UNUSED_ACCOUNT = {
  roleSource: 'admin',
  syncedIssuedAt: null,
  boundIssuer: null,
  boundSubject: null,
} as const satisfies Partial<UserEntity>;

/** The values of a user for which the request states none: the initial values of a row. */
export const NO_USER_VALUES = initialValuesOf<UserValues>(UserEntity);

/** The snapshot of a row. */
export function userSnapshotOf(row: UserEntity): UserSnapshot {
  return {
    userId: row.userId,
    email: row.email,
    role: row.role,
    roleSource: row.roleSource,
    syncedIssuedAt: row.syncedIssuedAt,
    models: [...row.models],
    blocked: row.blocked,
    limits: row.limits,
    boundIssuer: row.boundIssuer,
    boundSubject: row.boundSubject,
  };
}

/** The table of users. */
export const USERS = {
  entity: UserEntity,
  id: 'userId',
  topic: 'user',
  unknown: (param = 'user_id') => unknownRow('user', param),
} satisfies AuditedTableDescription<UserEntity>;

/**
 * What an administrator's change is called in the audit trail. A block says most about a change that is several at once.
 */
export function changeActionOf(
  row: UserEntity,
  { blocked = row.blocked, boundIssuer = null, boundSubject = null }: UserChanges,
): AuditAction {
  if (blocked !== row.blocked) return blocked ? 'blocked' : 'unblocked';
  if (boundIssuer === null) return 'updated';
  const isBound = boundIssuer === row.boundIssuer && boundSubject === row.boundSubject;
  return isBound ? 'updated' : 'linked';
}
