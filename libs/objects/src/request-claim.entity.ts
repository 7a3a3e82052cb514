import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * A request that its caller has marked with an `Idempotency-Key`. It has digests alone: neither keys nor bodies are kept. Written by
 * {@link RequestClaimsService} alone.
 */
@Entity({ name: 'request_claims' })
@Index('request_claims_ends_idx', ['endsAt'])
export class RequestClaimEntity {
  /** SHA-256 of caller and key. */
  @PrimaryColumn('bytea', { primaryKeyConstraintName: 'request_claims_pkey', name: 'key_digest' })
  keyDigest!: Buffer;

  /** SHA-256 of the request. */
  @Column('bytea', { name: 'request_digest' })
  requestDigest!: Buffer;

  /** Id of the call that has made the claim. */
  @Column('text', { name: 'request_id' })
  requestId!: string;

  /** Renewed while its call is in work; `null` when that has ended. */
  @Column('timestamptz', { name: 'in_work_until', nullable: true })
  inWorkUntil!: Date | null;

  /** From then on the key is as a new one. */
  @Column('timestamptz', { name: 'ends_at' })
  endsAt!: Date;
}
