import { UNLIMITED, type Limits } from '#libs/access';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * A tag that an administrator has described or limited. Requests may have other tags as well. Members with a value here are
 * those that a request may set; the value is that of a new row.
 */
@Entity({ name: 'tags' })
export class TagEntity {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'tags_pkey' })
  name!: string;

  @Column('text', { nullable: true })
  description: string | null = null;

  /** Names of model groups that requests with the tag may use; empty is every model. */
  @Column('text', { array: true, default: () => `'{}'` })
  models: string[] = [];

  /** Its budgets and rate limits. */
  @Column('jsonb', { default: () => `'{}'` })
  limits: Limits = UNLIMITED;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' })
  updatedAt!: Date;

  /** User id (else subject) of the administrator who made it. */
  @Column('text', { name: 'created_by', nullable: true })
  createdBy!: string | null;
}

/** The values of a tag that an administrator may set. */
export type TagValues = Readonly<Pick<TagEntity, 'description' | 'models' | 'limits'>>;
