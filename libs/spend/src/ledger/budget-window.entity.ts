import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

const AMOUNT = { type: 'numeric', precision: 38, scale: 12, default: 0 } as const;
const QUARTER_KEY = { primaryKeyConstraintName: 'spend_quarters_pkey' } as const;
const WINDOW_KEY = { primaryKeyConstraintName: 'budget_windows_pkey' } as const;
const LEASE_KEY = { primaryKeyConstraintName: 'budget_leases_pkey' } as const;
const INSTANT = { type: 'timestamptz', precision: 3 } as const;

/**
 * What one counter has spent in 15 minutes, by the admission of the requests. Any window is added up from them. Moved by
 * the ledger alone, in the transaction of the entries.
 */
@Entity({ name: 'spend_quarters' })
@Index('spend_quarters_quarter_idx', ['quarter'])
export class SpendQuarterEntity {
  @PrimaryColumn({ ...QUARTER_KEY, type: 'text' })
  scope!: string;

  @PrimaryColumn({ ...QUARTER_KEY, type: 'text' })
  id!: string;

  @PrimaryColumn({ ...QUARTER_KEY, ...INSTANT })
  quarter!: Date;

  /** Decimal text with twelve places. */
  @Column(AMOUNT)
  spendUsd!: string;
}

/** What was spent in one window of a budget. Made when the window is first used, then moved by the ledger alone. */
@Entity({ name: 'budget_windows' })
export class BudgetWindowEntity {
  @PrimaryColumn({ ...WINDOW_KEY, type: 'text' })
  scope!: string;

  @PrimaryColumn({ ...WINDOW_KEY, type: 'text' })
  id!: string;

  /** `-infinity` for none. */
  @PrimaryColumn({ ...WINDOW_KEY, ...INSTANT })
  windowStart!: Date;

  /** `infinity` for none. */
  @PrimaryColumn({ ...WINDOW_KEY, ...INSTANT })
  windowEnd!: Date;

  @Column(AMOUNT)
  spentUsd!: string;
}

/**
 * The part of a window that one process may spend without asking: what it holds, what it has spent and not booked yet, and
 * what it has left. Booking takes from it what it adds to the window.
 */
@Entity({ name: 'budget_leases' })
@Index('budget_leases_holder_idx', ['holder'])
export class BudgetLeaseEntity {
  @PrimaryColumn({ ...LEASE_KEY, type: 'text' })
  scope!: string;

  @PrimaryColumn({ ...LEASE_KEY, type: 'text' })
  id!: string;

  @PrimaryColumn({ ...LEASE_KEY, ...INSTANT })
  windowStart!: Date;

  @PrimaryColumn({ ...LEASE_KEY, ...INSTANT })
  windowEnd!: Date;

  /** Name of the process, as of its journal. */
  @PrimaryColumn({ ...LEASE_KEY, type: 'text' })
  holder!: string;

  /** Less than zero where calls have cost more than their bounds. */
  @Column(AMOUNT)
  amountUsd!: string;

  /** What was left of the lease when it was ended because its process was not heard of; zero once the process knows. */
  @Column(AMOUNT)
  lostUsd!: string;
}

/**
 * A process, or a pool of several. Leases of a process count until another one finds its time to be up and books its calls;
 * those of a pool are ended after its time.
 */
@Entity({ name: 'budget_holders' })
export class BudgetHolderEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'budget_holders_pkey' })
  holder!: string;

  @Column(INSTANT)
  expiresAt!: Date;

  /** When the process was last heard of; `-infinity` for a pool. */
  @Column({ ...INSTANT, default: '-infinity' })
  renewedAt!: Date;

  /** The last move from a pool to a lease of this process that was applied. */
  @Column({ type: 'bigint', default: 0 })
  movedNumber!: string;

  /** Names of the pools that it may take from; empty for a pool. */
  @Column({ type: 'text', array: true, default: () => `'{}'` })
  pools!: string[];

  /** Of its last request. */
  @Column({ type: 'bigint', default: 0 })
  requestNumber!: string;

  /** To that request; `null` before the first. */
  @Column({ type: 'jsonb', nullable: true })
  answer!: object | null;
}
