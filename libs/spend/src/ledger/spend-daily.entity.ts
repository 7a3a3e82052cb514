import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A dimension, in the order of bytes; the empty string where an entry has none, so that the unique key knows no NULL. */
const DIMENSION = { type: 'text', collation: 'C' } as const;
/** `int8`, read as text. */
const COUNT = { type: 'bigint', default: 0 } as const;

/**
 * One row of a roll-up: the ended attempts of one UTC day and one combination of dimensions. Written in the ledger's
 * own transactions, in SQL; these classes tell the shape.
 */
abstract class DailySums {
  @Column({ type: 'numeric', precision: 38, scale: 12, default: 0 })
  spendUsd!: string;

  @Column(COUNT)
  inputTokens!: string;

  @Column(COUNT)
  cachedInputTokens!: string;

  /** Part of the input tokens. */
  @Column(COUNT)
  cacheWriteTokens!: string;

  @Column(COUNT)
  outputTokens!: string;

  /** Attempts, which are more than requests where calls were repeated. */
  @Column(COUNT)
  requests!: string;

  @Column(COUNT)
  successfulRequests!: string;
}

/** A row with what was called. */
abstract class DailyModelColumns extends DailySums {
  @Column(DIMENSION)
  modelGroup!: string;

  @Column(DIMENSION)
  model!: string;

  @Column(DIMENSION)
  provider!: string;

  @Column(DIMENSION)
  callType!: string;
}

/** A row with every dimension but end user and tag. */
abstract class DailyColumns extends DailyModelColumns {
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
  client!: string;
}

/** Returns the columns of a table with its key: the day and the combination of dimensions. */
function keyed(columns: abstract new () => DailySums, primaryKeyConstraintName: string) {
  abstract class Keyed extends columns {
    @PrimaryColumn({ primaryKeyConstraintName, type: 'date' })
    day!: string;

    /** Hash of the dimensions. */
    @PrimaryColumn({ primaryKeyConstraintName, type: 'bytea' })
    combination!: Buffer;
  }
  return Keyed;
}

/** All attempts, without their end users and tags. */
@Entity({ name: 'spend_daily' })
@Index('spend_daily_user_idx', ['userId', 'day'])
@Index('spend_daily_team_idx', ['teamId', 'day'])
@Index('spend_daily_key_idx', ['keyId', 'day'])
@Index('spend_daily_org_idx', ['orgId', 'day'])
class SpendDailyEntity extends keyed(DailyColumns, 'spend_daily_pkey') {}

/** Attempts with an end user. */
@Entity({ name: 'spend_daily_end_users' })
@Index('spend_daily_end_users_end_user_idx', ['endUserId', 'day'])
@Index('spend_daily_end_users_user_idx', ['userId', 'day'])
@Index('spend_daily_end_users_team_idx', ['teamId', 'day'])
class SpendDailyEndUserEntity extends keyed(DailyColumns, 'spend_daily_end_users_pkey') {
  @Column(DIMENSION)
  endUserId!: string;
}

/** Attempts with tags, once for each tag. */
@Entity({ name: 'spend_daily_tags' })
@Index('spend_daily_tags_tag_idx', ['tag', 'day'])
@Index('spend_daily_tags_user_idx', ['userId', 'day'])
@Index('spend_daily_tags_team_idx', ['teamId', 'day'])
class SpendDailyTagEntity extends keyed(DailyColumns, 'spend_daily_tags_pkey') {
  @Column(DIMENSION)
  endUserId!: string;

  @Column(DIMENSION)
  tag!: string;
}

/** All attempts by what they called alone. */
@Entity({ name: 'spend_daily_by_model' })
class SpendDailyByModelEntity extends keyed(DailyModelColumns, 'spend_daily_by_model_pkey') {}

/** Attempts with an end user, without its name. */
@Entity({ name: 'spend_daily_with_end_user' })
class SpendDailyWithEndUserEntity extends keyed(DailyColumns, 'spend_daily_with_end_user_pkey') {}

/** Attempts of each end user. */
@Entity({ name: 'spend_daily_by_end_user' })
@Index('spend_daily_by_end_user_end_user_idx', ['endUserId', 'day'])
class SpendDailyByEndUserEntity extends keyed(DailySums, 'spend_daily_by_end_user_pkey') {
  @Column(DIMENSION)
  endUserId!: string;
}

/** Attempts with tags, once for each tag, without its name. */
@Entity({ name: 'spend_daily_with_tag' })
class SpendDailyWithTagEntity extends keyed(DailyColumns, 'spend_daily_with_tag_pkey') {}

/** Attempts of each tag. */
@Entity({ name: 'spend_daily_by_tag' })
@Index('spend_daily_by_tag_tag_idx', ['tag', 'day'])
class SpendDailyByTagEntity extends keyed(DailySums, 'spend_daily_by_tag_pkey') {
  @Column(DIMENSION)
  tag!: string;
}

/** The entities of all roll-ups. */
export const SPEND_DAILY_ENTITIES = [
  SpendDailyEntity,
  SpendDailyByModelEntity,
  SpendDailyEndUserEntity,
  SpendDailyWithEndUserEntity,
  SpendDailyByEndUserEntity,
  SpendDailyTagEntity,
  SpendDailyWithTagEntity,
  SpendDailyByTagEntity,
];
