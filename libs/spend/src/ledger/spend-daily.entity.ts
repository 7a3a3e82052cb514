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

/** A row with every dimension but end user and tag. */
abstract class DailyColumns extends DailySums {
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
class SpendDailyEntity extends DailyColumns {
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
class SpendDailyEndUserEntity extends DailyColumns {
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
class SpendDailyTagEntity extends DailyColumns {
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

const BY_MODEL_KEY = { primaryKeyConstraintName: 'spend_daily_by_model_pkey' } as const;

/** All attempts by what they called alone. */
@Entity({ name: 'spend_daily_by_model' })
class SpendDailyByModelEntity extends DailySums {
  @PrimaryColumn({ ...BY_MODEL_KEY, type: 'date' })
  day!: string;

  /** Hash of the dimensions. */
  @PrimaryColumn({ ...BY_MODEL_KEY, type: 'bytea' })
  combination!: Buffer;

  @Column(DIMENSION)
  modelGroup!: string;

  @Column(DIMENSION)
  model!: string;

  @Column(DIMENSION)
  provider!: string;

  @Column(DIMENSION)
  callType!: string;
}

const WITH_END_USER_KEY = { primaryKeyConstraintName: 'spend_daily_with_end_user_pkey' } as const;

/** Attempts with an end user, without its name. */
@Entity({ name: 'spend_daily_with_end_user' })
class SpendDailyWithEndUserEntity extends DailyColumns {
  @PrimaryColumn({ ...WITH_END_USER_KEY, type: 'date' })
  day!: string;

  /** Hash of the dimensions. */
  @PrimaryColumn({ ...WITH_END_USER_KEY, type: 'bytea' })
  combination!: Buffer;
}

const BY_END_USER_KEY = { primaryKeyConstraintName: 'spend_daily_by_end_user_pkey' } as const;

/** Attempts of each end user. */
@Entity({ name: 'spend_daily_by_end_user' })
@Index('spend_daily_by_end_user_end_user_idx', ['endUserId', 'day'])
class SpendDailyByEndUserEntity extends DailySums {
  @PrimaryColumn({ ...BY_END_USER_KEY, type: 'date' })
  day!: string;

  /** Hash of the dimensions. */
  @PrimaryColumn({ ...BY_END_USER_KEY, type: 'bytea' })
  combination!: Buffer;

  @Column(DIMENSION)
  endUserId!: string;
}

const WITH_TAG_KEY = { primaryKeyConstraintName: 'spend_daily_with_tag_pkey' } as const;

/** Attempts with tags, once for each tag, without its name. */
@Entity({ name: 'spend_daily_with_tag' })
class SpendDailyWithTagEntity extends DailyColumns {
  @PrimaryColumn({ ...WITH_TAG_KEY, type: 'date' })
  day!: string;

  /** Hash of the dimensions. */
  @PrimaryColumn({ ...WITH_TAG_KEY, type: 'bytea' })
  combination!: Buffer;
}

const BY_TAG_KEY = { primaryKeyConstraintName: 'spend_daily_by_tag_pkey' } as const;

/** Attempts of each tag. */
@Entity({ name: 'spend_daily_by_tag' })
@Index('spend_daily_by_tag_tag_idx', ['tag', 'day'])
class SpendDailyByTagEntity extends DailySums {
  @PrimaryColumn({ ...BY_TAG_KEY, type: 'date' })
  day!: string;

  /** Hash of the dimensions. */
  @PrimaryColumn({ ...BY_TAG_KEY, type: 'bytea' })
  combination!: Buffer;

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
