import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { DecisionRecord } from './decision-record.js';

/**
 * One decision that is kept beyond the process: of a verified caller who was refused, or one of the sample of those
 * who were admitted. Written in batches by the decision log alone; old rows are deleted by it.
 */
@Entity({ name: 'decisions' })
export class DecisionEntity {
  /** Value of `x-gatehouse-decision-id`. */
  @PrimaryColumn({ name: 'decision_id', type: 'text', primaryKeyConstraintName: 'decisions_pkey' })
  decisionId!: string;

  /** When the answer had ended. */
  @Index('decisions_decided_at_idx')
  @Column({ name: 'decided_at', type: 'timestamptz' })
  decidedAt!: Date;

  /** What the guards concluded. */
  @Column({ type: 'boolean' })
  allowed!: boolean;

  /** HTTP status of the answer. */
  @Column({ type: 'integer' })
  status!: number;

  /** Stable code of the refusal. */
  @Column({ type: 'text', nullable: true })
  reason!: string | null;

  /** The whole decision in its wire form. */
  @Column({ type: 'jsonb' })
  record!: DecisionRecord;
}
