import type { MigrationInterface, QueryRunner } from 'typeorm';
import { entriesSpend, entriesSpendOfTags } from './entries-spend-function.js';
import { replaceFunctions } from './sql-function.js';

const SCOPES = ['key', 'user', 'team', 'team_member', 'org', 'end_user'];

/** Every entry once for each of its tags. */
const TAGGED = `spend_entries e CROSS JOIN LATERAL jsonb_array_elements_text(e.tags) AS t (tag)
  WHERE e.tags IS NOT NULL`;

/** Tags that have limits, and the sums of what was spent under every tag. */
export class CreateTags1700000000025 implements MigrationInterface {
  readonly name = 'CreateTags1700000000025';

  /**
   * Creates the table and the index, and adds the entries up by their tags.
   * @param queryRunner the migration's connection
   */
  async up(queryRunner: QueryRunner): Promise<void> {
    // A process of the earlier version would book entries behind the sums.
    await queryRunner.query('LOCK TABLE spend_entries IN SHARE MODE');
    await queryRunner.query(`CREATE TABLE tags (
      name text NOT NULL,
      description text,
      models text[] NOT NULL DEFAULT '{}',
      limits jsonb NOT NULL DEFAULT '{}',
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      created_by text,
      CONSTRAINT tags_pkey PRIMARY KEY (name)
    )`);
    await queryRunner.query(
      'CREATE INDEX spend_entries_tags_idx ON spend_entries USING gin (tags) WHERE tags IS NOT NULL',
    );
    await setScopes(queryRunner, [...SCOPES, 'tag']);
    await queryRunner.query(`INSERT INTO spend_totals (scope, id, spend_usd, reserved_usd)
      SELECT 'tag', t.tag, sum(e.cost_usd),
        coalesce(sum(e.reserved_usd) FILTER (WHERE e.state = 'reserved'), 0)
      FROM ${TAGGED} GROUP BY t.tag`);
    await queryRunner.query(`INSERT INTO spend_quarters (scope, id, quarter, spend_usd)
      SELECT 'tag', t.tag, date_bin('15 minutes', coalesce(e.admitted_at, e.started_at), 'epoch'::timestamptz),
        sum(e.cost_usd)
      FROM ${TAGGED} AND e.cost_usd <> 0 GROUP BY 2, 3`);
    await replaceFunctions(queryRunner, [entriesSpendOfTags]);
  }

  /**
   * Drops what was created, and the sums of tags.
   * @param queryRunner the migration's connection
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    await replaceFunctions(queryRunner, [entriesSpend()]);
    for (const table of ['spend_totals', 'spend_quarters', 'budget_windows', 'budget_leases']) {
      await queryRunner.query(`DELETE FROM ${table} WHERE scope IN ('tag', 'tag_model')`);
    }
    await setScopes(queryRunner, SCOPES);
    await queryRunner.query('DROP INDEX spend_entries_tags_idx');
    await queryRunner.query('DROP TABLE tags');
  }
}

async function setScopes(queryRunner: QueryRunner, scopes: readonly string[]): Promise<void> {
  const list = scopes.map((scope) => `'${scope}'`).join(', ');
  await queryRunner.query(`ALTER TABLE spend_totals DROP CONSTRAINT spend_totals_scope_check,
    ADD CONSTRAINT spend_totals_scope_check CHECK (scope IN (${list}))`);
}
