import { UNLIMITED, type Limits } from '#libs/access';
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** Roles of a member in the organisation, LiteLLM's names. */
export const ORGANIZATION_ROLES = ['org_admin', 'internal_user', 'internal_user_viewer'] as const;

/** One of {@link ORGANIZATION_ROLES}. */
export type OrganizationRole = (typeof ORGANIZATION_ROLES)[number];

/**
 * One user in one organisation. Deleted with the user and with the organisation. Only the memberships service of this
 * library writes it.
 */
@Entity({ name: 'organization_memberships' })
@Check(
  'organization_memberships_role_check',
  `role IN ('org_admin', 'internal_user', 'internal_user_viewer')`,
)
export class OrganizationMembershipEntity {
  @PrimaryColumn('text', {
    name: 'organization_id',
    primaryKeyConstraintName: 'organization_memberships_pkey',
  })
  @ForeignKey('OrganizationEntity', {
    name: 'organization_memberships_organization_id_fkey',
    onDelete: 'CASCADE',
  })
  organizationId!: string;

  // By name: the entity is another library's, which this one may not import.
  @PrimaryColumn('text', {
    name: 'user_id',
    primaryKeyConstraintName: 'organization_memberships_pkey',
  })
  @Index('organization_memberships_user_id_idx')
  @ForeignKey('UserEntity', {
    name: 'organization_memberships_user_id_fkey',
    onDelete: 'CASCADE',
  })
  userId!: string;

  @Column('text', { default: 'internal_user' })
  role!: OrganizationRole;

  /** Its budgets and rate limits. */
  @Column('jsonb', { default: () => `'{}'` })
  limits: Limits = UNLIMITED;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' })
  updatedAt!: Date;
}
