import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { RevocationKind, RevocationSource } from './revocation.js';

/**
 * Tokens that are refused although they verify. One row per target (kind, issuer, value), whose id follows from it;
 * revoking a target again extends its row. Written by {@link RevocationsService} alone, held in memory whole by every
 * replica, and deleted once expired.
 */
@Entity({ name: 'revocations' })
export class RevocationEntity {
  /** Follows from the target. */
  @PrimaryColumn('text', {
    name: 'revocation_id',
    primaryKeyConstraintName: 'revocations_pkey',
  })
  revocationId!: string;

  @Column('text')
  kind!: RevocationKind;

  /** `iss`; `null` is every issuer. */
  @Column('text', { nullable: true })
  issuer!: string | null;

  /** `jti`, `sub`, `sid` or a client id, by the kind. */
  @Column('text', { nullable: true })
  value!: string | null;

  /** Only tokens issued before; `null` means every token of the target. */
  @Column('timestamptz', { name: 'issued_before', nullable: true })
  issuedBefore!: Date | null;

  /** When it ceases to hold; `null` never. */
  @Index('revocations_expires_at_idx')
  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  @Column('text')
  source!: RevocationSource;

  /** An administrator's own words. */
  @Column('text', { nullable: true })
  note!: string | null;

  @Index('revocations_created_at_idx')
  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  /** Account of the administrator; `null` for logouts and for administrators without one. */
  @Column('text', { name: 'created_by', nullable: true })
  createdBy!: string | null;
}
