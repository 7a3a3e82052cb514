import { UNLIMITED, type Limits } from '#libs/access';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * One organisation: a group of teams with a list of models. Written by administrators alone. It
 * cannot be deleted under its teams; libs/admin deletes those first. Members with a value here are those
 * that a request may set besides the alias; the value is that of a new organisation.
 */
@Entity({ name: 'organizations' })
export class OrganizationEntity {
  @PrimaryColumn('text', {
    name: 'organization_id',
    primaryKeyConstraintName: 'organizations_pkey',
  })
  organizationId!: string;

  /** Display name; several organisations may share one. */
  @Column('text', { name: 'organization_alias' })
  @Index('organizations_organization_alias_idx')
  alias!: string;

  /** Models that its members may use; empty is every model. */
  @Column('text', { array: true, default: () => `'{}'` })
  models: string[] = [];

  @Column('jsonb', { default: () => `'{}'` })
  metadata: object = {};

  /** Its budgets and rate limits. */
  @Column('jsonb', { default: () => `'{}'` })
  limits: Limits = UNLIMITED;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' })
  updatedAt!: Date;

  /** User id (else subject) of the administrator who made it. */
  @Column('text', { name: 'created_by' })
  createdBy!: string;

  /** User id (else subject) of the administrator who changed it last. */
  @Column('text', { name: 'updated_by' })
  updatedBy!: string;
}
