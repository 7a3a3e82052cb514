import type { MigrationInterface, QueryRunner } from 'typeorm';
import { LEASES_UNTIL_BOOKED } from './lease-ends.js';
import { takeGroup } from './lease-functions.js';
import { replaceFunctions } from './sql-function.js';

/** A refusal of leases has what the process itself has leased: less than zero where its calls have cost more. */
export class TellOwnLeases1700000000032 implements MigrationInterface {
  readonly name = 'TellOwnLeases1700000000032';

  /**
   * Replaces the function. What it told before is still there for processes of the earlier version.
   * @param queryRunner the migration's connection
   */
  async up(queryRunner: QueryRunner): Promise<void> {
    await replaceFunctions(queryRunner, [takeGroup(LEASES_UNTIL_BOOKED, `, 'own', v_own::text`)]);
  }

  /**
   * Puts the former function back.
   * @param queryRunner the migration's connection
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    await replaceFunctions(queryRunner, [takeGroup(LEASES_UNTIL_BOOKED)]);
  }
}
