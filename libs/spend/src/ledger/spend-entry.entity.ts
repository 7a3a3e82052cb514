import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { CostBasis } from '../costs/cost-breakdown.js';
import type { UsageDetails } from '../costs/token-usage.js';
import type { SweepReason } from './assumed-ends-sql.js';
import type { EntryState, HeldWindow, UsageSource } from '../costs/call-records.js';

const KEY = { primaryKeyConstraintName: 'spend_entries_pkey' } as const;

/**
 * One attempt of one request that may have been billed. Partitioned by month on the start, which is
 * therefore part of the key. Written by the ledger alone, in SQL; this class tells its shape.
 *
 * An entry is inserted `reserved`, costing nothing, and changed once: to `settled` or `estimated`.
 * An end that the sweeper assumed may be corrected by the true one. Ids carry no foreign keys: what
 * was deleted keeps its history.
 */
@Entity({ name: 'spend_entries' })
@Check('spend_entries_state_check', `state IN ('reserved', 'settled', 'estimated')`)
@Check('spend_entries_usage_source_check', `usage_source IN ('provider', 'estimate', 'none')`)
@Check('spend_entries_amounts_check', `cost_usd >= 0 AND reserved_usd >= 0`)
@Index('spend_entries_request_idx', ['requestId'])
@Index('spend_entries_user_idx', ['userId', 'startedAt'], { where: 'user_id IS NOT NULL' })
@Index('spend_entries_team_idx', ['teamId', 'startedAt'], { where: 'team_id IS NOT NULL' })
@Index('spend_entries_first_key_idx', ['firstKeyId', 'startedAt'], {
  where: 'first_key_id IS NOT NULL',
})
@Index('spend_entries_key_idx', ['keyId', 'startedAt'], { where: 'key_id IS NOT NULL' })
@Index('spend_entries_org_idx', ['orgId', 'startedAt'], { where: 'org_id IS NOT NULL' })
@Index('spend_entries_end_user_idx', ['endUserId', 'startedAt'], {
  where: 'end_user_id IS NOT NULL',
})
@Index('spend_entries_session_idx', ['sessionId', 'startedAt'], { where: 'session_id IS NOT NULL' })
@Index('spend_entries_tags_idx', ['tags'], { type: 'gin', where: 'tags IS NOT NULL' })
// An expression, which TypeORM cannot name: by when the request was admitted, for the parts of quarters.
@Index('spend_entries_admitted_idx', { synchronize: false })
@Index('spend_entries_open_idx', ['processId', 'startedAt'], { where: `state = 'reserved'` })
export class SpendEntryEntity {
  @PrimaryColumn({ ...KEY, type: 'timestamptz', precision: 3 })
  startedAt!: Date;

  @PrimaryColumn({ ...KEY, type: 'text' })
  requestId!: string;

  @PrimaryColumn({ ...KEY, type: 'integer' })
  attempt!: number;

  /** Name of the process in whose journal the attempt was recorded. */
  @Column({ type: 'text' })
  processId!: string;

  @Column({ type: 'text', nullable: true })
  clientRequestId!: string | null;

  @Column({ type: 'text', nullable: true })
  decisionId!: string | null;

  @Column({ type: 'text' })
  callType!: string;

  @Column({ type: 'text' })
  modelGroup!: string;

  @Column({ type: 'text' })
  model!: string;

  @Column({ type: 'text' })
  provider!: string;

  @Column({ type: 'text' })
  deploymentId!: string;

  @Column({ type: 'text', nullable: true })
  issuer!: string | null;

  @Column({ type: 'text', nullable: true })
  subject!: string | null;

  @Column({ type: 'text', nullable: true })
  keyId!: string | null;

  /** The id that the key had before it was first regenerated; `null` where it never was. */
  @Column({ type: 'text', nullable: true })
  firstKeyId!: string | null;

  @Column({ type: 'text', nullable: true })
  userId!: string | null;

  @Column({ type: 'text', nullable: true })
  teamId!: string | null;

  @Column({ type: 'text', nullable: true })
  orgId!: string | null;

  @Column({ type: 'text', nullable: true })
  endUserId!: string | null;

  /** Name of the client program; `null` when it is not known, and in an entry of an earlier version. */
  @Column({ type: 'text', nullable: true })
  client!: string | null;

  /** The session that the client says the call is part of; `null` for none, and in an entry of an earlier version. */
  @Column({ type: 'text', nullable: true })
  sessionId!: string | null;

  /** Tags of the request; `null` for none. */
  @Column({ type: 'jsonb', nullable: true })
  tags!: string[] | null;

  /** When its request was admitted; `null` for the start. It decides to which windows the cost belongs. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  admittedAt!: Date | null;

  /** The windows in which its cost is held; `null` for none. */
  @Column({ type: 'jsonb', nullable: true })
  holds!: HeldWindow[] | null;

  /** `int8`, read as text. */
  @Column({ type: 'bigint', default: 0 })
  inputTokens!: string;

  /** Part of the input tokens. */
  @Column({ type: 'bigint', default: 0 })
  cachedInputTokens!: string;

  @Column({ type: 'bigint', default: 0 })
  outputTokens!: string;

  /** Counts of special kinds, parts of the tokens or beside them; `null` for none. */
  @Column({ type: 'jsonb', nullable: true })
  usageDetails!: UsageDetails | null;

  /** The prices of the cost; `null` where none were applied, or in an entry of an earlier version. */
  @Column({ type: 'jsonb', nullable: true })
  costBreakdown!: CostBasis | null;

  /** Decimal text with twelve places; zero while reserved. */
  @Column({ type: 'numeric', precision: 38, scale: 12, default: 0 })
  costUsd!: string;

  /**
   * The amount reserved when the attempt began; kept afterwards, and counted in totals only while
   * reserved.
   */
  @Column({ type: 'numeric', precision: 38, scale: 12, default: 0 })
  reservedUsd!: string;

  /**
   * The amount that a sweep books; `null` in an entry of an earlier version, whose reserved amount
   * it books.
   */
  @Column({ type: 'numeric', precision: 38, scale: 12, nullable: true })
  expectedUsd!: string | null;

  /** Tokens that the expected amount was computed from; `int8`, read as text. Zero in an entry of an earlier version. */
  @Column({ type: 'bigint', default: 0 })
  expectedInputTokens!: string;

  @Column({ type: 'bigint', default: 0 })
  expectedOutputTokens!: string;

  @Column({ type: 'text' })
  state!: EntryState;

  @Column({ type: 'text', default: 'none' })
  usageSource!: UsageSource;

  /** False when the cost is zero for want of a price. */
  @Column({ type: 'boolean', default: true })
  isPriced!: boolean;

  /** True when the upstream reported a usage that is not final or does not add up. */
  @Column({ type: 'boolean', default: false })
  isSuspect!: boolean;

  /** `null` while reserved and after a sweep. */
  @Column({ type: 'boolean', nullable: true })
  isSuccess!: boolean | null;

  /** True when the sweeper assumed the end. */
  @Column({ type: 'boolean', default: false })
  isSwept!: boolean;

  /** Why the sweeper assumed it; `null` without a sweep, or after one of an earlier version. */
  @Column({ type: 'text', nullable: true })
  sweepReason!: SweepReason | null;

  /** Estimate of the output that an open call had relayed when it was last noted; `int8`, read as text. */
  @Column({ type: 'bigint', nullable: true })
  relayedTokens!: string | null;

  @Column({ type: 'integer', nullable: true })
  upstreamStatus!: number | null;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  settledAt!: Date | null;
}
