import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = [
  'teams',
  'users',
  'virtual_keys',
  'organizations',
  'team_memberships',
  'end_users',
] as const;

/** Adds to every table of callers the budgets and rate limits of its rows. */
export class AddLimits1700000000015 implements MigrationInterface {
  readonly name = 'AddLimits1700000000015';

  /**
   * Adds the columns. Rows that are there already are not limited.
   * @param queryRunner the migration's connection
   */
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of TABLES) {
      await queryRunner.query(`ALTER TABLE ${table} ADD COLUMN limits jsonb NOT NULL DEFAULT '{}'`);
    }
  }

  /**
   * Drops the columns.
   * @param queryRunner the migration's connection
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of TABLES) {
      await queryRunner.query(`ALTER TABLE ${table} DROP COLUMN limits`);
    }
  }
}
