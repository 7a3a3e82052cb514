import type { MigrationInterface, QueryRunner } from 'typeorm';
import { entriesSpendOfOrgMembers, entriesSpendOfPairs } from './entries-spend-function.js';
import { MOVE_PAIRS, PAIR_ID } from './pair-ids.js';
import { replaceFunctions } from './sql-function.js';

/**
 * No two members, and no two budgets of models, share an id. The entries of a part of a quarter and the former ids of
 * keys have an index.
 */
export class PartPairs1700000000036 implements MigrationInterface {
  readonly name = 'PartPairs1700000000036';

  /**
   * Creates the function and the indexes, and adds up again what shared an id.
   * @param queryRunner the migration's connection
   */
  async up(queryRunner: QueryRunner): Promise<void> {
    // A process of the earlier version would book entries under the former ids.
    await queryRunner.query('LOCK TABLE spend_entries IN SHARE MODE');
    await queryRunner.query(PAIR_ID);
    for (const statement of MOVE_PAIRS) await queryRunner.query(statement);
    await replaceFunctions(queryRunner, [entriesSpendOfPairs]);
    await queryRunner.query(
      'CREATE INDEX spend_entries_admitted_idx ON spend_entries ((coalesce(admitted_at, started_at)))',
    );
    await queryRunner.query(
      'CREATE INDEX virtual_keys_predecessors_idx ON virtual_keys USING gin (predecessors)',
    );
  }

  /**
   * Drops the function and the indexes. The ids stay.
   * @param queryRunner the migration's connection
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX virtual_keys_predecessors_idx');
    await queryRunner.query('DROP INDEX spend_entries_admitted_idx');
    await replaceFunctions(queryRunner, [entriesSpendOfOrgMembers]);
    await queryRunner.query('DROP FUNCTION gatehouse_pair_id');
  }
}
