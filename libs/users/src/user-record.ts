import type { UserRole } from '#libs/access';
import type { UserEntity } from './user.entity.js';

/** What a decision needs to know of a user. Frozen. */
export interface UserSnapshot {
  readonly userId: string;
  readonly email: string | null;
  readonly role: UserRole | null;
  /** Empty is every model. */
  readonly models: readonly string[];
  readonly blocked: boolean;
  /** Issuer whose tokens may use the account; `null` while none has. */
  readonly boundIssuer: string | null;
  /** Subject that it was bound with; `null` where the token had none. */
  readonly boundSubject: string | null;
}

/** What an administrator may say about a user. */
export interface UserValues {
  readonly email: string | null;
  readonly alias: string | null;
  readonly role: UserRole | null;
  readonly models: string[];
  readonly metadata: object;
  readonly blocked: boolean;
}

/** A user about whom nothing is said. */
export const NO_USER_VALUES: UserValues = {
  email: null,
  alias: null,
  role: null,
  models: [],
  metadata: {},
  blocked: false,
};

/**
 * The snapshot of a row.
 * @param row the user
 */
export function userSnapshotOf(row: UserEntity): UserSnapshot {
  return {
    userId: row.userId,
    email: row.email,
    role: row.role,
    models: [...row.models],
    blocked: row.blocked,
    boundIssuer: row.boundIssuer,
    boundSubject: row.boundSubject,
  };
}

/**
 * The form in which a user stands in the audit trail.
 * @param row the user
 */
export function userRecordOf(row: UserEntity): object {
  return {
    user_id: row.userId,
    user_email: row.email,
    email_verified: row.emailVerified,
    user_alias: row.alias,
    user_role: row.role,
    models: row.models,
    metadata: row.metadata,
    blocked: row.blocked,
    bound_issuer: row.boundIssuer,
    bound_subject: row.boundSubject,
  };
}
