import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Columns of a dimension, with their value in an entry. */
const DIMENSIONS = {
  org_id: `coalesce(e.org_id, '')`,
  team_id: `coalesce(e.team_id, '')`,
  user_id: `coalesce(e.user_id, '')`,
  key_id: `coalesce(e.key_id, '')`,
  issuer: `coalesce(e.issuer, '')`,
  model_group: 'e.model_group',
  model: 'e.model',
  provider: 'e.provider',
  call_type: 'e.call_type',
  client: `coalesce(e.client, '')`,
} as const;

const END_USER = { end_user_id: `coalesce(e.end_user_id, '')` } as const;

/** A roll-up: its dimensions, its entries, and its indexes besides the key. */
interface RollUp {
  readonly table: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly entries: string;
  readonly indexed: readonly string[];
}

const ENDED = `e.state <> 'reserved'`;

const ROLL_UPS: readonly RollUp[] = [
  {
    table: 'spend_daily',
    dimensions: DIMENSIONS,
    entries: `spend_entries e WHERE ${ENDED}`,
    indexed: ['user_id', 'team_id', 'key_id', 'org_id'],
  },
  {
    table: 'spend_daily_end_users',
    dimensions: { ...DIMENSIONS, ...END_USER },
    entries: `spend_entries e WHERE ${ENDED} AND e.end_user_id <> ''`,
    indexed: ['end_user_id', 'user_id', 'team_id'],
  },
  {
    table: 'spend_daily_tags',
    dimensions: { ...DIMENSIONS, ...END_USER, tag: 't.tag' },
    entries: `spend_entries e CROSS JOIN LATERAL jsonb_array_elements_text(e.tags) AS t (tag)
      WHERE ${ENDED} AND e.tags IS NOT NULL`,
    indexed: ['tag', 'user_id', 'team_id'],
  },
];

/** The roll-ups of the ledger, one row for each day and combination of dimensions, with what is in the ledger already. */
export class CreateSpendDaily1700000000014 implements MigrationInterface {
  readonly name = 'CreateSpendDaily1700000000014';

  /**
   * Creates the tables, fills them from the entries, and builds the indexes last, because that is faster.
   * @param queryRunner the migration's connection
   */
  async up(queryRunner: QueryRunner): Promise<void> {
    // A process of the earlier version would book entries behind the sums.
    await queryRunner.query('LOCK TABLE spend_entries IN SHARE MODE');
    for (const rollUp of ROLL_UPS) {
      await queryRunner.query(tableOf(rollUp));
      await queryRunner.query(fillingOf(rollUp));
      for (const column of rollUp.indexed) {
        const name = `${rollUp.table}_${column.replace('_id', '')}_idx`;
        await queryRunner.query(`CREATE INDEX ${name} ON ${rollUp.table} (${column}, day)`);
      }
    }
  }

  /**
   * Drops the tables.
   * @param queryRunner the migration's connection
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    for (const { table } of ROLL_UPS) await queryRunner.query(`DROP TABLE ${table}`);
  }
}

/** Every flush updates the rows of the day: room on the page keeps those updates off the indexes. */
function tableOf({ table, dimensions }: RollUp): string {
  const columns = Object.keys(dimensions).map((name) => `${name} text NOT NULL`);
  return `CREATE TABLE ${table} (
      day date NOT NULL,
      combination bytea NOT NULL,
      ${columns.join(', ')},
      spend_usd numeric(38,12) NOT NULL DEFAULT 0,
      input_tokens bigint NOT NULL DEFAULT 0,
      cached_input_tokens bigint NOT NULL DEFAULT 0,
      output_tokens bigint NOT NULL DEFAULT 0,
      requests bigint NOT NULL DEFAULT 0,
      successful_requests bigint NOT NULL DEFAULT 0,
      CONSTRAINT ${table}_pkey PRIMARY KEY (day, combination)
    ) WITH (fillfactor = 80)`;
}

/** In the order of the days, in which rows are added ever after: a report reads the pages of its days alone. */
function fillingOf({ table, dimensions, entries }: RollUp): string {
  const names = Object.keys(dimensions).join(', ');
  const values = Object.entries(dimensions).map(([name, value]) => `${value} AS ${name}`);
  return `INSERT INTO ${table} (day, combination, ${names}, spend_usd, input_tokens, cached_input_tokens,
      output_tokens, requests, successful_requests)
    SELECT day, sha256(convert_to(json_build_array(${names})::text, 'UTF8')), ${names},
      spend_usd, input_tokens, cached_input_tokens, output_tokens, requests, successful_requests
    FROM (
      SELECT (e.started_at AT TIME ZONE 'UTC')::date AS day, ${values.join(', ')},
        sum(e.cost_usd) AS spend_usd, sum(e.input_tokens) AS input_tokens,
        sum(e.cached_input_tokens) AS cached_input_tokens, sum(e.output_tokens) AS output_tokens,
        count(*) AS requests, count(*) FILTER (WHERE e.is_success) AS successful_requests
      FROM ${entries} GROUP BY day, ${names}) AS sums ORDER BY day`;
}
