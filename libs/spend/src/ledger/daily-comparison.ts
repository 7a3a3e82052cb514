import { DAILY_SUMS, DAILY_TABLES, dailyIdOf, type DailyTable } from './daily-changes.js';
import { cacheWritesOf } from './ledger-sql.js';

/** Differences of one roll-up that are listed at most. */
const MAX_LISTED = 100;

/** One row of a roll-up that does not equal the sums of its entries. */
export interface DailyDifference {
  readonly table: DailyTable;
  /** YYYY-MM-DD, UTC. */
  readonly day: string;
  /** Values of the dimensions by column. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** Sums of the roll-up by column, as decimal text. */
  readonly rollUp: Readonly<Record<string, string>>;
  /** Sums of the entries by column. */
  readonly entries: Readonly<Record<string, string>>;
}

/** Result of the comparison of one roll-up. */
export interface DailyComparison {
  /** Rows that were compared. */
  readonly rows: string;
  /** The first 100. */
  readonly differences: readonly DailyDifference[];
}

const VALUE_IN_ENTRY: Readonly<Record<string, string>> = { tag: 'g.tag' };

const ENTRY_SUMS: Readonly<Record<(typeof DAILY_SUMS)[number], string>> = {
  spend_usd: 'sum(e.cost_usd)',
  input_tokens: 'sum(e.input_tokens)',
  cached_input_tokens: 'sum(e.cached_input_tokens)',
  cache_write_tokens: `sum(${cacheWritesOf('e')})`,
  output_tokens: 'sum(e.output_tokens)',
  requests: 'count(*)',
  successful_requests: 'count(*) FILTER (WHERE e.is_success)',
};

/** The entries that roll-ups count, with their tags where they count those. */
const ENTRIES: Readonly<Record<(typeof DAILY_TABLES)[DailyTable]['of'], string>> = {
  attempts: `spend_entries e WHERE e.state <> 'reserved'`,
  'end users': `spend_entries e WHERE e.state <> 'reserved' AND e.end_user_id <> ''`,
  tags: `spend_entries e CROSS JOIN LATERAL jsonb_array_elements_text(e.tags) AS g (tag)
    WHERE e.state <> 'reserved' AND e.tags IS NOT NULL`,
};

/**
 * The statement that compares a roll-up with the entries: one statement, hence one snapshot. Rows of zeros equal rows that are
 * not there.
 */
export function dailyComparisonOf(table: DailyTable): string {
  const { dimensions, of } = DAILY_TABLES[table];
  const values = dimensions.map(
    (name) => `${VALUE_IN_ENTRY[name] ?? `coalesce(e.${name}, '')`} AS ${name}`,
  );
  const sums = DAILY_SUMS.map((name) => `${ENTRY_SUMS[name]} AS ${name}`);
  const compared = DAILY_SUMS.map(
    (name) => `coalesce(t.${name}, 0) AS t_${name}, coalesce(s.${name}, 0) AS s_${name}`,
  );
  const differs = DAILY_SUMS.map((name) => `t_${name} <> s_${name}`).join(' OR ');
  return `
    WITH sums AS (
      SELECT day, ${dailyIdOf(dimensions)} AS combination, ${[...dimensions, ...DAILY_SUMS].join(', ')}
      FROM (SELECT (e.started_at AT TIME ZONE 'UTC')::date AS day, ${values.join(', ')}, ${sums.join(', ')}
        FROM ${ENTRIES[of]} GROUP BY day, ${dimensions.join(', ')}) AS grouped),
    compared AS (
      SELECT day, ${dimensions.map((name) => `coalesce(s.${name}, t.${name}) AS ${name}`).join(', ')},
        ${compared.join(', ')}
      FROM sums s FULL JOIN ${table} t USING (day, combination)),
    different AS (SELECT * FROM compared WHERE ${differs} ORDER BY day LIMIT ${String(MAX_LISTED)})
    SELECT (SELECT count(*) FROM compared)::int8::text AS rows,
      (SELECT coalesce(json_agg(json_build_object('table', '${table}', 'day', day::text,
          'dimensions', ${jsonOf(dimensions, (name) => name)},
          'rollUp', ${jsonOf(DAILY_SUMS, (name) => `t_${name}::text`)},
          'entries', ${jsonOf(DAILY_SUMS, (name) => `s_${name}::text`)})), '[]')
        FROM different) AS differences`;
}

function jsonOf(names: readonly string[], valueOf: (name: string) => string): string {
  return `json_build_object(${names.map((name) => `'${name}', ${valueOf(name)}`).join(', ')})`;
}
