import { UNLIMITED, type Limits } from '#libs/access';
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** Role of a member in the team. */
export type TeamRole = 'admin' | 'user';

/**
 * Where a membership comes from: an administrator, SCIM, the sync of a token's team list, or the
 * mere team claim of a token, which never satisfies a later look into the database.
 */
export type MembershipSource = 'admin' | 'scim' | 'sync' | 'token';

/**
 * One user in one team. Deleted with the user and with the team. Only the memberships service
 * writes it.
 */
@Entity({ name: 'team_memberships' })
@Check('team_memberships_role_check', `role IN ('admin', 'user')`)
@Check('team_memberships_source_check', `source IN ('admin', 'scim', 'sync', 'token')`)
export class TeamMembershipEntity {
  @PrimaryColumn('text', { name: 'team_id', primaryKeyConstraintName: 'team_memberships_pkey' })
  @ForeignKey('TeamEntity', { name: 'team_memberships_team_id_fkey', onDelete: 'CASCADE' })
  teamId!: string;

  // By name: the entity is another library's, which this one may not import.
  @PrimaryColumn('text', { name: 'user_id', primaryKeyConstraintName: 'team_memberships_pkey' })
  @Index('team_memberships_user_id_idx')
  @ForeignKey('UserEntity', { name: 'team_memberships_user_id_fkey', onDelete: 'CASCADE' })
  userId!: string;

  @Column('text', { default: 'user' })
  role!: TeamRole;

  @Column('text')
  source!: MembershipSource;

  /** Its budgets and rate limits. */
  @Column('jsonb', { default: () => `'{}'` })
  limits: Limits = UNLIMITED;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;
}
