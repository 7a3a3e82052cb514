import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A virtual key tells whether an administrator of the gateway set its list of routes. */
export class MarkRoutesOfAdministrators1700000000043 implements MigrationInterface {
  readonly name = 'MarkRoutesOfAdministrators1700000000043';

  /**
   * Adds the mark. Who set the lists that are there already is not known: they open no prefix until an administrator sets them.
   * @param queryRunner the migration's connection
   */
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'ALTER TABLE virtual_keys ADD COLUMN opens_prefixes boolean NOT NULL DEFAULT false',
    );
  }

  /**
   * Drops the mark.
   * @param queryRunner the migration's connection
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE virtual_keys DROP COLUMN opens_prefixes');
  }
}
