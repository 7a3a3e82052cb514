import type { MigrationInterface, QueryRunner } from 'typeorm';

const DIMENSIONS = [
  'org_id',
  'team_id',
  'user_id',
  'key_id',
  'issuer',
  'model_group',
  'model',
  'provider',
  'call_type',
  'client',
];

/** The roll-ups by day and their dimensions. */
const ROLL_UPS: Readonly<Record<string, readonly string[]>> = {
  spend_daily: DIMENSIONS,
  spend_daily_end_users: [...DIMENSIONS, 'end_user_id'],
  spend_daily_tags: [...DIMENSIONS, 'end_user_id', 'tag'],
};

/**
 * Dimensions of roll-ups are compared by bytes, so that an index has the order of the pages of a report: a page by end user reads the
 * rows of its groups alone. It writes no table again, only the indexes on dimensions.
 */
export class SortSpendDaily1700000000022 implements MigrationInterface {
  readonly name = 'SortSpendDaily1700000000022';

  /**
   * Sorts by bytes.
   * @param queryRunner the migration's connection
   */
  up(queryRunner: QueryRunner): Promise<void> {
    return collate(queryRunner, ' COLLATE "C"');
  }

  /**
   * Sorts as the database does.
   * @param queryRunner the migration's connection
   */
  down(queryRunner: QueryRunner): Promise<void> {
    return collate(queryRunner, '');
  }
}

async function collate(queryRunner: QueryRunner, collation: string): Promise<void> {
  for (const [table, dimensions] of Object.entries(ROLL_UPS)) {
    const columns = dimensions.map((name) => `ALTER COLUMN ${name} TYPE text${collation}`);
    await queryRunner.query(`ALTER TABLE ${table} ${columns.join(', ')}`);
    // A column whose type is set has no statistics any more.
    await queryRunner.query(`ANALYZE ${table}`);
  }
}
