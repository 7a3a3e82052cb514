import type { MigrationInterface, QueryRunner } from 'typeorm';
import { POOL_FUNCTIONS } from './pool-functions.js';

/** Leases of pools that processes share in Redis. */
export class AddBudgetPools1700000000026 implements MigrationInterface {
  readonly name = 'AddBudgetPools1700000000026';

  /**
   * Adds the number of the last move of a process, and the functions.
   * @param queryRunner the migration's connection
   */
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'ALTER TABLE budget_holders ADD COLUMN moved_number bigint NOT NULL DEFAULT 0',
    );
    for (const { definition } of POOL_FUNCTIONS) await queryRunner.query(definition);
  }

  /**
   * Drops them.
   * @param queryRunner the migration's connection
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    for (const { signature } of POOL_FUNCTIONS.toReversed()) {
      await queryRunner.query(`DROP FUNCTION ${signature}`);
    }
    await queryRunner.query('ALTER TABLE budget_holders DROP COLUMN moved_number');
  }
}
