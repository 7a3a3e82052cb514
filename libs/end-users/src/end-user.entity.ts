import { UNLIMITED, type Limits, type ModelRegion } from '#libs/access';
import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * One end user: a user of a client's own application, named by a claim, the body or a header. Made by an administrator,
 * or by the first admitted call that names it. Members with a value here are those that a request may set; the value is
 * that of a new row.
 */
@Entity({ name: 'end_users' })
@Check('end_users_allowed_model_region_check', `allowed_model_region IN ('eu', 'us')`)
export class EndUserEntity {
  @PrimaryColumn('text', { name: 'end_user_id', primaryKeyConstraintName: 'end_users_pkey' })
  endUserId!: string;

  @Column('text', { nullable: true })
  alias: string | null = null;

  @Column('boolean', { default: false })
  blocked = false;

  /** Its budgets and rate limits. */
  @Column('jsonb', { default: () => `'{}'` })
  limits: Limits = UNLIMITED;

  /** Where the deployments stand that may serve it. */
  @Column('text', { name: 'allowed_model_region', nullable: true })
  allowedModelRegion: ModelRegion | null = null;

  /** Serves calls whose own model has no deployment in the region. */
  @Column('text', { name: 'default_model', nullable: true })
  defaultModel: string | null = null;

  /** LiteLLM's, kept and shown: it is about servers and stores that the gateway does not have. */
  @Column('jsonb', { name: 'object_permission', nullable: true })
  objectPermission: object | null = null;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' })
  updatedAt!: Date;
}

/** The values of an end user that an administrator may set. */
export type EndUserValues = Readonly<Omit<EndUserEntity, 'endUserId' | 'createdAt' | 'updatedAt'>>;
