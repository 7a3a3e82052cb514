import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import type { SpendScope } from '../costs/call-records.js';

const KEY = { type: 'text', primaryKeyConstraintName: 'spend_totals_pkey' } as const;

/**
 * What one subject has spent and what is held for its open calls. Moved by the ledger alone, with
 * increments, in the transaction of the entries; equal to the sum of the entries at any time.
 */
@Entity({ name: 'spend_totals' })
@Check(
  'spend_totals_scope_check',
  `scope IN ('key', 'user', 'team', 'team_member', 'org', 'end_user', 'tag', 'org_member')`,
)
export class SpendTotalEntity {
  @PrimaryColumn(KEY)
  scope!: SpendScope;

  /** The subject, of a member `team:user` or `organisation:user`; or the tag. */
  @PrimaryColumn(KEY)
  id!: string;

  /** Decimal text with twelve places. */
  @Column({ type: 'numeric', precision: 38, scale: 12, default: 0 })
  spendUsd!: string;

  @Column({ type: 'numeric', precision: 38, scale: 12, default: 0 })
  reservedUsd!: string;
}
