import { UNLIMITED, type Limits } from '#libs/access';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * One end user: a user of a client's own application, named by a claim or by the body's `user`.
 * Made by the first admitted call that names it; only its id is known.
 */
@Entity({ name: 'end_users' })
export class EndUserEntity {
  @PrimaryColumn('text', { name: 'end_user_id', primaryKeyConstraintName: 'end_users_pkey' })
  endUserId!: string;

  @Column('text', { nullable: true })
  alias!: string | null;

  @Column('boolean', { default: false })
  blocked!: boolean;

  /** Its budgets and rate limits. */
  @Column('jsonb', { default: () => `'{}'` })
  limits: Limits = UNLIMITED;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' })
  updatedAt!: Date;
}
