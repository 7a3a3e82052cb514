import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds to `spend_entries` what an open call had relayed, and why the sweeper assumed the end of a call. */
export class AddCallProgress1700000000011 implements MigrationInterface {
  readonly name = 'AddCallProgress1700000000011';

  /**
   * Adds the columns to every partition. They stay null in entries that are there already.
   * @param queryRunner the migration's connection
   */
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'ALTER TABLE spend_entries ADD COLUMN sweep_reason text, ADD COLUMN relayed_tokens bigint',
    );
  }

  /**
   * Drops the columns.
   * @param queryRunner the migration's connection
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'ALTER TABLE spend_entries DROP COLUMN relayed_tokens, DROP COLUMN sweep_reason',
    );
  }
}
