import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds to `spend_entries` the name of the client program and the tags of the request. */
export class AddCallOrigin1700000000013 implements MigrationInterface {
  readonly name = 'AddCallOrigin1700000000013';

  /**
   * Adds the columns to every partition. They stay null in entries that are there already.
   * @param queryRunner the migration's connection
   */
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'ALTER TABLE spend_entries ADD COLUMN client text, ADD COLUMN tags jsonb',
    );
  }

  /**
   * Drops the columns.
   * @param queryRunner the migration's connection
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE spend_entries DROP COLUMN tags, DROP COLUMN client');
  }
}
