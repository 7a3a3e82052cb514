import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds to `spend_entries` the session that the client says a call is part of. */
export class AddSessionOfCalls1700000000045 implements MigrationInterface {
  readonly name = 'AddSessionOfCalls1700000000045';

  /**
   * Adds the column and its index to every partition. It stays null in entries that are there already.
   * @param queryRunner the migration's connection
   */
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE spend_entries ADD COLUMN session_id text');
    await queryRunner.query(
      `CREATE INDEX spend_entries_session_idx ON spend_entries (session_id, started_at)
        WHERE session_id IS NOT NULL`,
    );
  }

  /**
   * Drops the column with its index.
   * @param queryRunner the migration's connection
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE spend_entries DROP COLUMN session_id');
  }
}
