import type { MigrationInterface, QueryRunner } from 'typeorm';
import { LEASES_UNTIL_BOOKED, LEASES_UNTIL_THEIR_TIME, type LeaseEnds } from './lease-ends.js';
import { takeGroup, takeLeases } from './lease-functions.js';
import { takePooled } from './pool-functions.js';
import { replaceFunctions } from './sql-function.js';

const functionsOf = (ends: LeaseEnds) => [takeGroup(ends), takeLeases(ends), takePooled(ends)];

/**
 * Leases count until they are ended in the transaction that books the calls of their process, and an open call has the tokens
 * that its expected cost was computed from.
 */
export class EndLeasesWithCalls1700000000031 implements MigrationInterface {
  readonly name = 'EndLeasesWithCalls1700000000031';

  /**
   * Adds the columns and replaces the functions.
   * @param queryRunner the migration's connection
   */
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE spend_entries
      ADD COLUMN expected_input_tokens bigint NOT NULL DEFAULT 0,
      ADD COLUMN expected_output_tokens bigint NOT NULL DEFAULT 0`);
    await queryRunner.query(
      `ALTER TABLE budget_holders ADD COLUMN renewed_at timestamptz(3) NOT NULL DEFAULT '-infinity'`,
    );
    await queryRunner.query(
      'ALTER TABLE budget_leases ADD COLUMN lost_usd numeric(38,12) NOT NULL DEFAULT 0',
    );
    await replaceFunctions(queryRunner, functionsOf(LEASES_UNTIL_BOOKED));
  }

  /**
   * Drops the columns and brings the former functions back.
   * @param queryRunner the migration's connection
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    await replaceFunctions(queryRunner, functionsOf(LEASES_UNTIL_THEIR_TIME));
    await queryRunner.query('ALTER TABLE budget_leases DROP COLUMN lost_usd');
    await queryRunner.query('ALTER TABLE budget_holders DROP COLUMN renewed_at');
    await queryRunner.query(
      'ALTER TABLE spend_entries DROP COLUMN expected_output_tokens, DROP COLUMN expected_input_tokens',
    );
  }
}
