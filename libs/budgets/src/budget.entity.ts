import { UNLIMITED, type Limits } from '#libs/access';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * Limits with a name. They count for every key, team, user, member, organisation, end user and tag that names them and has no
 * value of its own.
 */
@Entity({ name: 'budgets' })
export class BudgetEntity {
  @PrimaryColumn('text', { name: 'budget_id', primaryKeyConstraintName: 'budgets_pkey' })
  budgetId!: string;

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
