import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * What happened to the object. `linked` binds an account to an identity provider; `rotated` gives a virtual key
 * another secret, and with it another id.
 */
export type AuditAction =
  'created' | 'updated' | 'deleted' | 'blocked' | 'unblocked' | 'linked' | 'rotated';

/**
 * One change of one object. Written by {@link AuditTrail} alone, in the transaction of the change,
 * never changed afterwards: the database refuses UPDATE, DELETE and TRUNCATE. Sequence numbers have
 * no gap, and every hash covers the whole entry and the hash before it.
 */
@Entity({ name: 'audit_entries' })
@Index('audit_entries_object_idx', ['tableName', 'objectId'])
@Index('audit_entries_recorded_at_idx', ['recordedAt'])
export class AuditEntryEntity {
  /** 1, 2, 3, … without gap; decimal text, because it is a bigint. */
  @PrimaryColumn('bigint', { primaryKeyConstraintName: 'audit_entries_pkey' })
  sequence!: string;

  @Column('timestamptz', { name: 'recorded_at' })
  recordedAt!: Date;

  @Column('text', { name: 'actor_kind' })
  actorKind!: string;

  @Column('text', { name: 'actor_user_id', nullable: true })
  actorUserId!: string | null;

  @Column('text', { name: 'actor_issuer', nullable: true })
  actorIssuer!: string | null;

  @Column('text', { name: 'actor_subject', nullable: true })
  actorSubject!: string | null;

  @Column('text', { name: 'request_id', nullable: true })
  requestId!: string | null;

  @Column('text', { name: 'decision_id', nullable: true })
  decisionId!: string | null;

  @Column('text')
  action!: AuditAction;

  /** Table of the object, for example `teams`. */
  @Column('text', { name: 'table_name' })
  tableName!: string;

  @Column('text', { name: 'object_id' })
  objectId!: string;

  /** The object before the change, secrets masked; `null` when it was created. */
  @Column('jsonb', { name: 'before_value', nullable: true })
  before!: object | null;

  /** The object after the change, secrets masked; `null` when it was deleted. */
  @Column('jsonb', { name: 'after_value', nullable: true })
  after!: object | null;

  /** Hash of the entry before this one; 64 zeros for the first. */
  @Column('text', { name: 'previous_hash' })
  previousHash!: string;

  /** SHA-256, in hexadecimal, over the previous hash and the canonical JSON of this entry. */
  @Column('text')
  hash!: string;
}
