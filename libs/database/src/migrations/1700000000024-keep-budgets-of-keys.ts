import type { MigrationInterface, QueryRunner } from 'typeorm';
import { BUDGET_FUNCTIONS } from './budget-functions.js';
import { entriesSpend } from './entries-spend-function.js';
import { LEASES_UNTIL_THEIR_TIME } from './lease-ends.js';
import { takeGroup, takeLeases } from './lease-functions.js';
import { replaceFunctions } from './sql-function.js';

const FUNCTIONS = [
  entriesSpend(),
  takeGroup(LEASES_UNTIL_THEIR_TIME),
  takeLeases(LEASES_UNTIL_THEIR_TIME),
];

/** Ids that regenerated keys have had after their first one. */
const LATER_IDS = `
  CREATE TEMPORARY TABLE later_key_ids ON COMMIT DROP AS
  SELECT DISTINCT ON (id) id, first_key_id
  FROM virtual_keys, unnest(array_append(predecessors[2:], token)) AS id WHERE id <> first_key_id`;

/** What was spent under later ids counts under the first. Windows are opened again from the sums. */
const MOVE_SPEND = [
  `UPDATE spend_entries e SET first_key_id = l.first_key_id FROM later_key_ids l WHERE e.key_id = l.id`,
  `INSERT INTO spend_quarters AS known (scope, id, quarter, spend_usd)
    SELECT 'key', l.first_key_id, q.quarter, sum(q.spend_usd)
    FROM spend_quarters q JOIN later_key_ids l USING (id) WHERE q.scope = 'key' GROUP BY l.first_key_id, q.quarter
    ON CONFLICT (scope, id, quarter) DO UPDATE SET spend_usd = known.spend_usd + EXCLUDED.spend_usd`,
  `DELETE FROM spend_quarters q USING later_key_ids l WHERE q.scope = 'key' AND q.id = l.id`,
  ...['budget_windows', 'budget_leases'].map(
    (table) => `DELETE FROM ${table} w USING later_key_ids l
      WHERE w.scope = 'key' AND w.id IN (l.id, l.first_key_id)`,
  ),
];

/**
 * A regenerated key keeps its budgets: they are kept under the id that it had at first, which its row and its entries
 * name. A process whose request for leases was not answered gets the answer when it repeats the request.
 */
export class KeepBudgetsOfKeys1700000000024 implements MigrationInterface {
  readonly name = 'KeepBudgetsOfKeys1700000000024';

  /**
   * Adds the columns, fills them for keys that were regenerated, and replaces the functions.
   * @param queryRunner the migration's connection
   */
  async up(queryRunner: QueryRunner): Promise<void> {
    // A process of the earlier version would book entries behind the sums.
    await queryRunner.query('LOCK TABLE spend_entries IN SHARE MODE');
    await queryRunner.query('ALTER TABLE virtual_keys ADD COLUMN first_key_id text');
    await queryRunner.query('ALTER TABLE spend_entries ADD COLUMN first_key_id text');
    await queryRunner.query(
      'UPDATE virtual_keys SET first_key_id = predecessors[1] WHERE cardinality(predecessors) > 0',
    );
    await queryRunner.query(LATER_IDS);
    for (const statement of MOVE_SPEND) await queryRunner.query(statement);
    await queryRunner.query(
      'CREATE INDEX virtual_keys_first_key_id_idx ON virtual_keys (first_key_id)',
    );
    await queryRunner.query(
      `CREATE INDEX spend_entries_first_key_idx ON spend_entries (first_key_id, started_at)
        WHERE first_key_id IS NOT NULL`,
    );
    await queryRunner.query(
      `ALTER TABLE budget_holders ADD COLUMN request_number bigint NOT NULL DEFAULT 0, ADD COLUMN answer jsonb`,
    );
    await replaceFunctions(queryRunner, FUNCTIONS);
  }

  /**
   * Drops the columns. The sums stay those of the first ids.
   * @param queryRunner the migration's connection
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    const names = new Set(FUNCTIONS.map(({ name }) => name));
    const former = BUDGET_FUNCTIONS.filter(({ name }) => names.has(name));
    await replaceFunctions(queryRunner, former);
    await queryRunner.query(
      'ALTER TABLE budget_holders DROP COLUMN answer, DROP COLUMN request_number',
    );
    await queryRunner.query('ALTER TABLE spend_entries DROP COLUMN first_key_id');
    await queryRunner.query('ALTER TABLE virtual_keys DROP COLUMN first_key_id');
  }
}
