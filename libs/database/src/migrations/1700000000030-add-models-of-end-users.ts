import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds to `end_users` which models their calls go to, and LiteLLM's object permission. */
export class AddModelsOfEndUsers1700000000030 implements MigrationInterface {
  readonly name = 'AddModelsOfEndUsers1700000000030';

  /**
   * Adds the columns.
   * @param queryRunner the migration's connection
   */
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE end_users
      ADD COLUMN allowed_model_region text,
      ADD COLUMN default_model text,
      ADD COLUMN object_permission jsonb,
      ADD CONSTRAINT end_users_allowed_model_region_check CHECK (allowed_model_region IN ('eu', 'us'))`);
  }

  /**
   * Drops the columns.
   * @param queryRunner the migration's connection
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE end_users
      DROP COLUMN allowed_model_region, DROP COLUMN default_model, DROP COLUMN object_permission`);
  }
}
