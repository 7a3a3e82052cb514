import type { CubeDayText } from './cube-days.js';
import {
  CUBE_COLUMNS,
  NOT_NOTHING,
  Parameters,
  SIZE,
  sourceOf,
  WHEN_FEW,
  type CubeDimension,
  type CubeScope,
  type Statement,
} from './cube-sql.js';

/** What is shown for one value of a breakdown besides its sums. */
export interface CubeLabel {
  readonly breakdown: string;
  readonly value: string;
  /** Shown in place of the value. */
  readonly name?: string;
  readonly metadata?: Readonly<Record<string, string | boolean | null>>;
}

/** The breakdowns of each day. */
export interface CubeActivityQuery extends CubeScope {
  /** Dimensions by the name of their breakdown: those with few values, which are all shown. */
  readonly breakdowns: Readonly<Record<string, Exclude<CubeDimension, 'day'>>>;
  /** The breakdown `entities`, with these values alone. */
  readonly entities: {
    readonly dimension: Exclude<CubeDimension, 'day'>;
    readonly values: readonly string[];
    /** Whether each of them is broken down by key, too. */
    readonly hasKeys: boolean;
  };
  /** The keys of the breakdown `api_keys`, and of each value of the others. */
  readonly keys: readonly string[];
  readonly labels: readonly CubeLabel[];
}

/** Text of one breakdown of a day. */
export interface CubeBreakdownText extends CubeDayText {
  readonly breakdown: string;
}

const KEYS = 'api_keys';

const SUMS = `sum(spend_usd) AS spend_usd, sum(input_tokens) AS input_tokens,
  sum(cached_input_tokens) AS cached_input_tokens, sum(cache_write_tokens) AS cache_write_tokens,
  sum(output_tokens) AS output_tokens,
  sum(requests) AS requests, sum(successful_requests) AS successful_requests`;

/** LiteLLM's sums of a row with the columns of {@link SUMS}. Text, because PostgreSQL makes it twice as fast as an object. */
const METRICS = `concat('{"spend":', trim_scale(spend_usd), ',"prompt_tokens":', input_tokens,
  ',"completion_tokens":', output_tokens, ',"cache_read_input_tokens":', cached_input_tokens,
  ',"cache_creation_input_tokens":', cache_write_tokens, ',"total_tokens":', input_tokens + output_tokens,
  ',"successful_requests":', successful_requests, ',"failed_requests":', requests - successful_requests,
  ',"api_requests":', requests, '}')`;

/** One row for each day and breakdown, with the members of the breakdown; one row at least. */
export function activityStatement(query: CubeActivityQuery): Statement {
  const { breakdowns, entities, keys, labels } = query;
  const { bind, values } = new Parameters();
  const { dimension: entity } = entities;
  const ofEntities = narrowed(query, entity, entities.values);
  const part = (...args: [CubeScope, CubeActivityQuery['breakdowns'], boolean?]): string =>
    sumsStatement(bind, ...args);
  const sums = [
    part(query, breakdowns),
    part(ofEntities, { entities: entity }),
    part(narrowed(query, 'key', keys), { [KEYS]: 'key' }),
    part(narrowed(query, 'key', keys), breakdowns, true),
    ...(entities.hasKeys
      ? [part(narrowed(ofEntities, 'key', keys), { entities: entity }, true)]
      : []),
  ];
  const text = `
    WITH base AS MATERIALIZED (${sums.join(' UNION ALL ')}),
    ${SIZE}, labels AS (${labelsOf(labels, bind)}),
    keyed AS (
      SELECT day, breakdown, value,
        string_agg(concat(to_json(key), ':{"metrics":', ${METRICS}, ',"metadata":', coalesce(metadata, '{}'), '}'), ','
          ORDER BY key) AS keys
      FROM base LEFT JOIN (SELECT value AS key, metadata FROM labels WHERE breakdown = '${KEYS}') AS l USING (key)
      WHERE key <> '' GROUP BY day, breakdown, value)
    SELECT groups, day::text, breakdown, json FROM size LEFT JOIN (
      SELECT day, breakdown, string_agg(concat(to_json(coalesce(name, value)), ':{"metrics":', ${METRICS},
        ',"metadata":', coalesce(metadata, '{}'),
        CASE WHEN breakdown <> '${KEYS}' THEN concat(',"api_key_breakdown":{', keys, '}') END,
        '}'), ',' ORDER BY value) AS json
      FROM (SELECT * FROM base WHERE key = '' AND value <> '') AS shown
        LEFT JOIN keyed USING (day, breakdown, value) LEFT JOIN labels USING (breakdown, value)
      GROUP BY day, breakdown) AS written ${WHEN_FEW}`;
  return { text, values };
}

/** Narrows a scope to values that it has. */
function narrowed(
  scope: CubeScope,
  dimension: Exclude<CubeDimension, 'day'>,
  values: readonly string[],
): CubeScope {
  return { ...scope, filter: { ...scope.filter, [dimension]: values } };
}

/** The sums of each day and value of some breakdowns, and by key where asked for. */
function sumsStatement(
  bind: (value: unknown) => string,
  scope: CubeScope,
  breakdowns: CubeActivityQuery['breakdowns'],
  isByKey = false,
): string {
  const parts = Object.entries(breakdowns).map(([name, dimension]) => ({
    name,
    column: CUBE_COLUMNS[dimension],
  }));
  const key = isByKey ? 'key_id' : `''::text`;
  const sets = parts.map(({ column }) => `(day, ${column}${isByKey ? ', key_id' : ''})`);
  const caseOf = (shown: (part: (typeof parts)[number]) => string): string =>
    `CASE ${parts.map((each) => `WHEN grouping(${each.column}) = 0 THEN ${shown(each)}`).join(' ')} END`;
  const dimensions = [...Object.values(breakdowns), ...(isByKey ? (['key'] as const) : [])];
  return `SELECT day, ${caseOf(({ name }) => `${bind(name)}::text`)} AS breakdown,
      ${caseOf(({ column }) => column)} AS value, ${key} AS key, ${SUMS}
    ${sourceOf(scope, dimensions, bind)} GROUP BY GROUPING SETS (${sets.join(', ')}) ${NOT_NOTHING}`;
}

function labelsOf(labels: readonly CubeLabel[], bind: (value: unknown) => string): string {
  const columns = [
    labels.map(({ breakdown }) => breakdown),
    labels.map(({ value }) => value),
    labels.map(({ name }) => name ?? null),
    labels.map(({ metadata }) => (metadata === undefined ? null : JSON.stringify(metadata))),
  ].map((column) => `${bind(column)}::text[]`);
  return `SELECT * FROM unnest(${columns.join(', ')}) AS l (breakdown, value, name, metadata)`;
}
