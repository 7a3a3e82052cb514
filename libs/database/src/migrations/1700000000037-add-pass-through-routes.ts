import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Teams and virtual keys have a list of the configured pass-through endpoints that they may call. */
export class AddPassThroughRoutes1700000000037 implements MigrationInterface {
  readonly name = 'AddPassThroughRoutes1700000000037';

  /**
   * Adds the lists, which are empty.
   * @param queryRunner the migration's connection
   */
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['teams', 'virtual_keys'])
      await queryRunner.query(
        `ALTER TABLE ${table} ADD COLUMN allowed_passthrough_routes text[] NOT NULL DEFAULT '{}'`,
      );
  }

  /**
   * Drops the lists.
   * @param queryRunner the migration's connection
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['virtual_keys', 'teams'])
      await queryRunner.query(`ALTER TABLE ${table} DROP COLUMN allowed_passthrough_routes`);
  }
}
