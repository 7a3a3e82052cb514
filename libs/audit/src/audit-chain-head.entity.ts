import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * Where the hash chain ends. One row, locked by every writer until its commit, so that concurrent
 * writers extend the chain in one order; made by the migration, written only by the audit trail.
 */
@Entity({ name: 'audit_chain_heads' })
export class AuditChainHeadEntity {
  /** Name of the chain, always `main`. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'audit_chain_heads_pkey' })
  chain!: string;

  /** Sequence number of the last entry, 0 before the first. */
  @Column('bigint')
  sequence!: string;

  /** Hash of the last entry, 64 zeros before the first. */
  @Column('text')
  hash!: string;
}
