import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A dimension, in the order of bytes; the empty string where an entry has none, so that the unique key knows no NULL. */
const DIMENSION = { type: 'text', collation: 'C' } as const;
/** `int8`, read as text. */
const COUNT = { type: 'bigint', default: 0 } as const;

/**
 * One row of a roll-up: the ended attempts of one UTC day and one combination of dimensions. Written in the ledger's
 * own transactions, in SQL; these classes tell the shape.
 */
abstract class DailyColumns {
  @Column(DIMENSION)
  orgId!: string;

  @Column(DIMENSION)
  teamId!: string;

  @Column(DIMENSION)
  userId!: string;

  @Column(DIMENSION)
  keyId!: string;

  @Column(DIMENSION)
  issuer!: string;

  @Column(DIMENSION)
  modelGroup!: string;

  @Column(DIMENSION)
  model!: string;

  @Column(DIMENSION)
  provider!: string;

  @Column(DIMENSION)
  callType!: string;

  @Column(DIMENSION)
  client!: string;

  @Column({ type: 'numeric', precision: 38, scale: 12, default: 0 })
  spendUsd!: string;

  @Column(COUNT)
  inputTokens!: string;

  @Column(COUNT)
  cachedInputTokens!: string;

  @Column(COUNT)
  outputTokens!: string;

  /** Attempts, which are more than requests where calls were repeated. */
  @Column(COUNT)
  requests!: string;

  @Column(COUNT)
  successfulRequests!: string;
}

const DAILY_KEY = { primaryKeyConstraintName: 'spend_daily_pkey' } as const;
const END_USERS_KEY = { primaryKeyConstraintName: 'spend_daily_end_users_pkey' } as const;
const TAGS_KEY = { primaryKeyConstraintName: 'spend_daily_tags_pkey' } as const;

/** All attempts, without their end users and tags. */
@Entity({ name: 'spend_daily' })
@Index('spend_daily_user_idx', ['userId', 'day'])
@Index('spend_daily_team_idx', ['teamId', 'day'])
@Index('spend_daily_key_idx', ['keyId', 'day'])
@Index('spend_daily_org_idx', ['orgId', 'day'])
export class SpendDailyEntity extends DailyColumns {
  @PrimaryColumn({ ...DAILY_KEY, type: 'date' })
  day!: string;

  /** Hash of the dimensions. */
  @PrimaryColumn({ ...DAILY_KEY, type: 'bytea' })
  combination!: Buffer;
}

/** Attempts with an end user. */
@Entity({ name: 'spend_daily_end_users' })
@Index('spend_daily_end_users_end_user_idx', ['endUserId', 'day'])
@Index('spend_daily_end_users_user_idx', ['userId', 'day'])
@Index('spend_daily_end_users_team_idx', ['teamId', 'day'])
export class SpendDailyEndUserEntity extends DailyColumns {
  @PrimaryColumn({ ...END_USERS_KEY, type: 'date' })
  day!: string;

  /** Hash of the dimensions. */
  @PrimaryColumn({ ...END_USERS_KEY, type: 'bytea' })
  combination!: Buffer;

  @Column(DIMENSION)
  endUserId!: string;
}

/** Attempts with tags, once for each tag. */
@Entity({ name: 'spend_daily_tags' })
@Index('spend_daily_tags_tag_idx', ['tag', 'day'])
@Index('spend_daily_tags_user_idx', ['userId', 'day'])
@Index('spend_daily_tags_team_idx', ['teamId', 'day'])
export class SpendDailyTagEntity extends DailyColumns {
  @PrimaryColumn({ ...TAGS_KEY, type: 'date' })
  day!: string;

  /** Hash of the dimensions. */
  @PrimaryColumn({ ...TAGS_KEY, type: 'bytea' })
  combination!: Buffer;

  @Column(DIMENSION)
  endUserId!: string;

  @Column(DIMENSION)
  tag!: string;
}
