import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds to `spend_entries` the counts of special kinds of usage and the prices that a cost was computed with. */
export class AddCostBreakdown1700000000012 implements MigrationInterface {
  readonly name = 'AddCostBreakdown1700000000012';

  /**
   * Adds the columns to every partition. They stay null in entries that are there already.
   * @param queryRunner the migration's connection
   */
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'ALTER TABLE spend_entries ADD COLUMN usage_details jsonb, ADD COLUMN cost_breakdown jsonb',
    );
  }

  /**
   * Drops the columns.
   * @param queryRunner the migration's connection
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'ALTER TABLE spend_entries DROP COLUMN cost_breakdown, DROP COLUMN usage_details',
    );
  }
}
