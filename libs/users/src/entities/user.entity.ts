import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { UNLIMITED, type Limits, type UserRole } from '#libs/access';

/** The origin of a user's role. */
export type RoleSource = 'admin' | 'sync';

/**
 * One account. Made by an administrator, or by the first admitted token that names it where
 * `user_id_upsert` is on. Bound to the first identity whose token used it; what an administrator
 * made is unbound until then. Members with a value here are those that a request may set; the value
 * is that of a new user.
 */
@Entity({ name: 'users' })
@Check(
  'users_user_role_check',
  `user_role IN ('proxy_admin', 'proxy_admin_viewer', 'internal_user', 'internal_user_viewer')`,
)
@Check('users_role_source_check', `role_source IN ('admin', 'sync')`)
// An index over an expression, which decorators cannot state: the migration makes it.
@Index('users_user_email_lower_idx', { synchronize: false })
export class UserEntity {
  @PrimaryColumn('text', { name: 'user_id', primaryKeyConstraintName: 'users_pkey' })
  userId!: string;

  /** Not unique: tokens of different issuers may assert one address. Compared without case. */
  @Column('text', { name: 'user_email', nullable: true })
  email: string | null = null;

  /**
   * Whether the address may identify the account: an administrator stated it, or a token whose
   * issuer vouches for it. An address that a token merely asserts is kept for display and
   * identifies no account.
   */
  @Column('boolean', { name: 'email_verified', default: true })
  emailVerified!: boolean;

  @Column('text', { name: 'user_alias', nullable: true })
  alias: string | null = null;

  /** `null` is the default role of a user without one. */
  @Column('text', { name: 'user_role', nullable: true })
  role: UserRole | null = null;

  /**
   * Whether an administrator gave the role or it follows the user's tokens
   * (`sync_user_role_and_teams`).
   */
  @Column('text', { name: 'role_source', default: 'admin' })
  roleSource!: RoleSource;

  /**
   * `iat` of the newest token that role or memberships were mirrored from, in seconds since the
   * Unix epoch; `null` while none has been. An older token changes neither.
   */
  @Column('double precision', { name: 'synced_issued_at', nullable: true })
  syncedIssuedAt!: number | null;

  /** Models that the user may use; empty is every model. */
  @Column('text', { array: true, default: () => `'{}'` })
  models: string[] = [];

  @Column('jsonb', { default: () => `'{}'` })
  metadata: object = {};

  /** Its budgets and rate limits. */
  @Column('jsonb', { default: () => `'{}'` })
  limits: Limits = UNLIMITED;

  @Column('boolean', { default: false })
  blocked = false;

  /** Issuer whose tokens may use the account; `null` until the first one does. */
  @Column('text', { name: 'bound_issuer', nullable: true })
  boundIssuer!: string | null;

  /**
   * Subject of the token that bound the account; `null` while none has, and where that token had
   * none.
   */
  @Column('text', { name: 'bound_subject', nullable: true })
  boundSubject!: string | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  @Index('users_created_at_idx')
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' })
  updatedAt!: Date;
}
