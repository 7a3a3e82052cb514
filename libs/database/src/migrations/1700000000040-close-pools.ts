import type { MigrationInterface, QueryRunner } from 'typeorm';
import { LEASES_UNTIL_BOOKED } from './lease-ends.js';
import { COUNTS_MEMBERS, leavePools, takePooled } from './pool-functions.js';
import { replaceFunctions } from './sql-function.js';

/** A pool is closed, and its money free, once every process that may take from it has left it. */
export class ClosePools1700000000040 implements MigrationInterface {
  readonly name = 'ClosePools1700000000040';

  /**
   * Adds the pools of each process, and the functions. Which processes have taken from the pools that are there already is not
   * known: all may have, so that those pools end with their time.
   * @param queryRunner the migration's connection
   */
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `ALTER TABLE budget_holders ADD COLUMN pools text[] NOT NULL DEFAULT '{}'`,
    );
    await queryRunner.query(`UPDATE budget_holders SET pools = ARRAY(
      SELECT holder FROM budget_holders WHERE starts_with(holder, 'redis:'))`);
    await replaceFunctions(queryRunner, [takePooled(LEASES_UNTIL_BOOKED, COUNTS_MEMBERS)]);
    await queryRunner.query(leavePools.definition);
  }

  /**
   * Drops them and brings the former function back.
   * @param queryRunner the migration's connection
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP FUNCTION ${leavePools.signature}`);
    await replaceFunctions(queryRunner, [takePooled(LEASES_UNTIL_BOOKED)]);
    await queryRunner.query('ALTER TABLE budget_holders DROP COLUMN pools');
  }
}
