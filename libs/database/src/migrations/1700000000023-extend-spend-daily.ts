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
const WROTE = `e.state <> 'reserved' AND e.usage_details ?| '{cacheWrite,cacheWriteHour}'`;
const WRITTEN = ['cacheWrite', 'cacheWriteHour']
  .map((unit) => `coalesce((e.usage_details->>'${unit}')::int8, 0)`)
  .join(' + ');

/** A roll-up that is there, and the entries with tokens that were written to a cache. */
const GROWN: readonly {
  readonly table: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly entries: string;
}[] = [
  { table: 'spend_daily', dimensions: DIMENSIONS, entries: `spend_entries e WHERE ${WROTE}` },
  {
    table: 'spend_daily_end_users',
    dimensions: { ...DIMENSIONS, ...END_USER },
    entries: `spend_entries e WHERE ${WROTE} AND e.end_user_id <> ''`,
  },
  {
    table: 'spend_daily_tags',
    dimensions: { ...DIMENSIONS, ...END_USER, tag: 't.tag' },
    entries: `spend_entries e CROSS JOIN LATERAL jsonb_array_elements_text(e.tags) AS t (tag)
      WHERE ${WROTE} AND e.tags IS NOT NULL`,
  },
];

/** A roll-up that is made, with fewer dimensions than the one that it is filled from. */
const MADE: readonly {
  readonly table: string;
  readonly from: string;
  readonly dimensions: readonly string[];
  /** Dimension with an index of its own. */
  readonly indexed: string | null;
}[] = [
  {
    table: 'spend_daily_with_end_user',
    from: 'spend_daily_end_users',
    dimensions: Object.keys(DIMENSIONS),
    indexed: null,
  },
  {
    table: 'spend_daily_by_end_user',
    from: 'spend_daily_end_users',
    dimensions: ['end_user_id'],
    indexed: 'end_user_id',
  },
  {
    table: 'spend_daily_with_tag',
    from: 'spend_daily_tags',
    dimensions: Object.keys(DIMENSIONS),
    indexed: null,
  },
  {
    table: 'spend_daily_by_tag',
    from: 'spend_daily_tags',
    dimensions: ['tag'],
    indexed: 'tag',
  },
];

const SUMS = [
  'input_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
  'output_tokens',
  'requests',
  'successful_requests',
];

/**
 * Roll-ups count the tokens that were written to a cache, and four more of them answer the reports on all end users and all tags,
 * whose own roll-ups have nearly as many rows as there are entries.
 */
export class ExtendSpendDaily1700000000023 implements MigrationInterface {
  readonly name = 'ExtendSpendDaily1700000000023';

  /**
   * Adds sums and tables, filled with what is in the ledger.
   * @param queryRunner the migration's connection
   */
  async up(queryRunner: QueryRunner): Promise<void> {
    // A process of the earlier version would book entries behind the sums.
    await queryRunner.query('LOCK TABLE spend_entries IN SHARE MODE');
    for (const { table, dimensions, entries } of GROWN) {
      const names = Object.keys(dimensions).join(', ');
      const values = Object.entries(dimensions).map(([name, value]) => `${value} AS ${name}`);
      await queryRunner.query(
        `ALTER TABLE ${table} ADD COLUMN cache_write_tokens bigint NOT NULL DEFAULT 0`,
      );
      // Only rows with such tokens are written again.
      await queryRunner.query(
        `UPDATE ${table} d SET cache_write_tokens = sums.written
         FROM (SELECT day, ${idOf(names)} AS combination, written
           FROM (SELECT (e.started_at AT TIME ZONE 'UTC')::date AS day, ${values.join(', ')}, sum(${WRITTEN}) AS written
             FROM ${entries} GROUP BY day, ${names}) AS grouped) AS sums
         WHERE (d.day, d.combination) = (sums.day, sums.combination)`,
      );
    }
    for (const { table, from, dimensions, indexed } of MADE) {
      await queryRunner.query(tableOf(table, dimensions));
      await queryRunner.query(fillingOf(table, from, dimensions));
      if (indexed === null) continue;
      const name = `${table}_${indexed.replace('_id', '')}_idx`;
      await queryRunner.query(`CREATE INDEX ${name} ON ${table} (${indexed}, day)`);
    }
  }

  /**
   * Drops the tables and sums.
   * @param queryRunner the migration's connection
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    for (const { table } of MADE) await queryRunner.query(`DROP TABLE ${table}`);
    for (const { table } of GROWN) {
      await queryRunner.query(`ALTER TABLE ${table} DROP COLUMN cache_write_tokens`);
    }
  }
}

function idOf(names: string): string {
  return `sha256(convert_to(json_build_array(${names})::text, 'UTF8'))`;
}

/** Room on the pages, as the other roll-ups have it. */
function tableOf(table: string, dimensions: readonly string[]): string {
  const columns = dimensions.map((name) => `${name} text COLLATE "C" NOT NULL`);
  const counts = SUMS.map((name) => `${name} bigint NOT NULL DEFAULT 0`);
  return `CREATE TABLE ${table} (
      day date NOT NULL,
      combination bytea NOT NULL,
      ${columns.join(', ')},
      spend_usd numeric(38,12) NOT NULL DEFAULT 0,
      ${counts.join(', ')},
      CONSTRAINT ${table}_pkey PRIMARY KEY (day, combination)
    ) WITH (fillfactor = 80)`;
}

function fillingOf(table: string, from: string, dimensions: readonly string[]): string {
  const names = dimensions.join(', ');
  const sums = ['spend_usd', ...SUMS];
  return `INSERT INTO ${table} (day, combination, ${names}, ${sums.join(', ')})
    SELECT day, ${idOf(names)}, ${names}, ${sums.join(', ')}
    FROM (SELECT day, ${names}, ${sums.map((name) => `sum(${name}) AS ${name}`).join(', ')}
      FROM ${from} GROUP BY day, ${names}) AS grouped ORDER BY day`;
}
