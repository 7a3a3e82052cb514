import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Teams and virtual keys have names of models that lead to other models. */
export class AddModelAliases1700000000044 implements MigrationInterface {
  readonly name = 'AddModelAliases1700000000044';

  /**
   * Adds the tables of names, which are empty.
   * @param queryRunner the migration's connection
   */
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['teams', 'virtual_keys'])
      await queryRunner.query(
        `ALTER TABLE ${table} ADD COLUMN model_aliases jsonb NOT NULL DEFAULT '{}'`,
      );
  }

  /**
   * Drops the tables of names.
   * @param queryRunner the migration's connection
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['virtual_keys', 'teams'])
      await queryRunner.query(`ALTER TABLE ${table} DROP COLUMN model_aliases`);
  }
}
