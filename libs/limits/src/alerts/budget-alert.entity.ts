import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

const KEY = { primaryKeyConstraintName: 'budget_alerts_pkey' } as const;
const TEXT_KEY = { ...KEY, type: 'text' } as const;
const INSTANT = { type: 'timestamptz', precision: 3 } as const;
const AMOUNT = { type: 'numeric', precision: 38, scale: 12 } as const;

/**
 * One alert about a budget. Its key is what makes it one: the window, what was passed, and the amount that it was passed of.
 * Written in SQL; this class tells its shape.
 */
@Entity({ name: 'budget_alerts' })
@Index('budget_alerts_unsent_idx', ['nextAttemptAt'], { where: 'sent_at IS NULL' })
export class BudgetAlertEntity {
  @PrimaryColumn(TEXT_KEY)
  scope!: string;

  @PrimaryColumn(TEXT_KEY)
  id!: string;

  /** `-infinity` for none. */
  @PrimaryColumn({ ...KEY, ...INSTANT })
  windowStart!: Date;

  /** `infinity` for none. */
  @PrimaryColumn({ ...KEY, ...INSTANT })
  windowEnd!: Date;

  @PrimaryColumn(TEXT_KEY)
  kind!: string;

  /** Percentage; 100 for a soft budget. */
  @PrimaryColumn({ ...KEY, type: 'integer' })
  threshold!: number;

  @PrimaryColumn({ ...KEY, ...AMOUNT })
  budgetUsd!: string;

  /** By which receivers tell repetitions. */
  @Column('text')
  alertId!: string;

  @Column(AMOUNT)
  spentUsd!: string;

  /** Channels that have not taken it yet. */
  @Column('text', { array: true })
  pending!: string[];

  @Column('integer', { default: 0 })
  attempts!: number;

  /** When it is tried again; while it is being sent, when another process may take it over. */
  @Column(INSTANT)
  nextAttemptAt!: Date;

  @Column(INSTANT)
  createdAt!: Date;

  @Column({ ...INSTANT, nullable: true })
  sentAt!: Date | null;
}
