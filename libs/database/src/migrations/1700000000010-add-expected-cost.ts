import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds to `spend_entries` the estimate that is booked when the end of a call never becomes known. */
export class AddExpectedCost1700000000010 implements MigrationInterface {
  readonly name = 'AddExpectedCost1700000000010';

  /**
   * Adds the column to every partition. It stays null in entries that are there already.
   * @param queryRunner the migration's connection
   */
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE spend_entries ADD COLUMN expected_usd numeric(38,12)');
  }

  /**
   * Drops the column.
   * @param queryRunner the migration's connection
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE spend_entries DROP COLUMN expected_usd');
  }
}
