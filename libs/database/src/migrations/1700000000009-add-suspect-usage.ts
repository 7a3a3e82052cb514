import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds to `spend_entries` whether the upstream's usage could not be accepted as it was reported. */
export class AddSuspectUsage1700000000009 implements MigrationInterface {
  readonly name = 'AddSuspectUsage1700000000009';

  /**
   * Adds the column to every partition.
   * @param queryRunner the migration's connection
   */
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'ALTER TABLE spend_entries ADD COLUMN is_suspect boolean NOT NULL DEFAULT false',
    );
  }

  /**
   * Drops the column.
   * @param queryRunner the migration's connection
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE spend_entries DROP COLUMN is_suspect');
  }
}
