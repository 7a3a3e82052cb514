import type { MigrationInterface, QueryRunner } from 'typeorm';
import { BUDGET_FUNCTIONS } from './budget-functions.js';

/** Every entry once for each counter of its attribution. */
const BOOKINGS = `
  SELECT s.scope, s.id, date_bin('15 minutes', e.started_at, 'epoch'::timestamptz) AS quarter, e.cost_usd
  FROM spend_entries e CROSS JOIN LATERAL (VALUES
    ('key', e.key_id), ('user', e.user_id), ('team', e.team_id),
    ('team_member', e.team_id || ':' || e.user_id), ('org', e.org_id), ('end_user', e.end_user_id)
  ) AS s (scope, id)
  WHERE s.id IS NOT NULL AND e.cost_usd <> 0`;

/** Every flush updates the rows of the moment: room on the page keeps those updates off the index. */
const TABLES = [
  `CREATE TABLE spend_quarters (
    scope text NOT NULL,
    id text NOT NULL,
    quarter timestamptz(3) NOT NULL,
    spend_usd numeric(38,12) NOT NULL DEFAULT 0,
    CONSTRAINT spend_quarters_pkey PRIMARY KEY (scope, id, quarter)
  ) WITH (fillfactor = 80)`,
  `CREATE TABLE budget_windows (
    scope text NOT NULL,
    id text NOT NULL,
    window_start timestamptz(3) NOT NULL,
    window_end timestamptz(3) NOT NULL,
    spent_usd numeric(38,12) NOT NULL DEFAULT 0,
    CONSTRAINT budget_windows_pkey PRIMARY KEY (scope, id, window_start, window_end)
  ) WITH (fillfactor = 60)`,
  `CREATE TABLE budget_leases (
    scope text NOT NULL,
    id text NOT NULL,
    window_start timestamptz(3) NOT NULL,
    window_end timestamptz(3) NOT NULL,
    holder text NOT NULL,
    amount_usd numeric(38,12) NOT NULL DEFAULT 0,
    CONSTRAINT budget_leases_pkey PRIMARY KEY (scope, id, window_start, window_end, holder)
  ) WITH (fillfactor = 60)`,
  'CREATE INDEX budget_leases_holder_idx ON budget_leases (holder)',
  `CREATE TABLE budget_holders (
    holder text NOT NULL,
    expires_at timestamptz(3) NOT NULL,
    CONSTRAINT budget_holders_pkey PRIMARY KEY (holder)
  )`,
];

/** The spend of windows, the leases of processes, and the functions that open windows and hand leases out. */
export class CreateBudgetWindows1700000000017 implements MigrationInterface {
  readonly name = 'CreateBudgetWindows1700000000017';

  /**
   * Creates the tables and fills the sums of 15 minutes from the entries.
   * @param queryRunner the migration's connection
   */
  async up(queryRunner: QueryRunner): Promise<void> {
    // A process of the earlier version would book entries behind the sums.
    await queryRunner.query('LOCK TABLE spend_entries IN SHARE MODE');
    await queryRunner.query(
      'ALTER TABLE spend_entries ADD COLUMN admitted_at timestamptz(3), ADD COLUMN holds jsonb',
    );
    for (const table of TABLES) await queryRunner.query(table);
    await queryRunner.query(`INSERT INTO spend_quarters (scope, id, quarter, spend_usd)
      SELECT scope, id, quarter, sum(cost_usd) FROM (${BOOKINGS}) AS bookings GROUP BY scope, id, quarter`);
    for (const { definition } of BUDGET_FUNCTIONS) await queryRunner.query(definition);
  }

  /**
   * Drops the functions, the tables and the columns.
   * @param queryRunner the migration's connection
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    for (const { signature } of BUDGET_FUNCTIONS.toReversed()) {
      await queryRunner.query(`DROP FUNCTION ${signature}`);
    }
    for (const table of ['budget_holders', 'budget_leases', 'budget_windows', 'spend_quarters']) {
      await queryRunner.query(`DROP TABLE ${table}`);
    }
    await queryRunner.query('ALTER TABLE spend_entries DROP COLUMN holds, DROP COLUMN admitted_at');
  }
}
