import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lists of what callers have made at upstreams, the latest first. */
export class FindOwnObjects1700000000039 implements MigrationInterface {
  readonly name = 'FindOwnObjects1700000000039';

  /**
   * Creates the index.
   * @param queryRunner the migration's connection
   */
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'CREATE INDEX upstream_objects_own_idx ON upstream_objects (kind, user_id, created_at)',
    );
  }

  /**
   * Drops the index.
   * @param queryRunner the migration's connection
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX upstream_objects_own_idx');
  }
}
