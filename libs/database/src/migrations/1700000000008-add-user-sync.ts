import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds to `users` whether the role follows the user's tokens, and the newest token that was mirrored. */
export class AddUserSync1700000000008 implements MigrationInterface {
  readonly name = 'AddUserSync1700000000008';

  /**
   * Adds the columns. Roles that are there were given by administrators.
   * @param queryRunner the migration's connection
   */
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE users
        ADD COLUMN role_source text NOT NULL DEFAULT 'admin',
        ADD COLUMN synced_issued_at double precision,
        ADD CONSTRAINT users_role_source_check CHECK (role_source IN ('admin', 'sync'))
    `);
  }

  /**
   * Drops the columns and the check that goes with them.
   * @param queryRunner the migration's connection
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'ALTER TABLE users DROP COLUMN synced_issued_at, DROP COLUMN role_source',
    );
  }
}
