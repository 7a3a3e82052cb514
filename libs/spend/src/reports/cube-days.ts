import {
  CUBE_COLUMNS,
  MAX_GROUPS,
  NOT_NOTHING,
  Parameters,
  sourceOf,
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
  readonly metadata?: Readonly<Record<string, string | null>>;
}

/** The breakdowns of each day. */
export interface CubeActivityQuery extends CubeScope {
  /** Dimensions by the name of their breakdown. The breakdown `api_keys` is the one by key. */
  readonly breakdowns: Readonly<Record<string, Exclude<CubeDimension, 'day'>>>;
  /** Whether each value of a breakdown is broken down by key, too. */
  readonly hasKeys: boolean;
  readonly labels: readonly CubeLabel[];
}

/** The models and keys of each day and subject. */
export interface CubeSubjectQuery extends CubeScope {
  readonly subject: 'team' | 'end_user';
  /** Name of the member that shows the subject. */
  readonly member: string;
  /** Names of subjects by id. */
  readonly names: ReadonlyMap<string, string>;
}

/** Text of one part of a day. */
export interface CubeDayText {
  /** YYYY-MM-DD. */
  readonly day: string;
  /** Members of an object or of a list, JSON without its brackets. */
  readonly json: string;
}

/** Text of one breakdown of a day. */
export interface CubeBreakdownText extends CubeDayText {
  readonly breakdown: string;
}

const KEYS = 'api_keys';

const SUMS = `sum(spend_usd) AS spend_usd, sum(input_tokens) AS input_tokens,
  sum(cached_input_tokens) AS cached_input_tokens, sum(output_tokens) AS output_tokens,
  sum(requests) AS requests, sum(successful_requests) AS successful_requests`;

/** LiteLLM's sums of a row with the columns of {@link SUMS}. Text, because PostgreSQL makes it twice as fast as an object. */
const METRICS = `concat('{"spend":', trim_scale(spend_usd), ',"prompt_tokens":', input_tokens,
  ',"completion_tokens":', output_tokens, ',"cache_read_input_tokens":', cached_input_tokens,
  ',"cache_creation_input_tokens":0,"total_tokens":', input_tokens + output_tokens,
  ',"successful_requests":', successful_requests, ',"failed_requests":', requests - successful_requests,
  ',"api_requests":', requests, '}')`;

/** Counts the groups first, so that too many of them are never written. */
const SIZE = `size AS (SELECT count(*)::int AS groups FROM base)`;
const WHEN_FEW = `ON (SELECT groups FROM size) < ${String(MAX_GROUPS)}`;

/** One row for each day and breakdown, with the members of the breakdown; one row at least. */
export function activityStatement(query: CubeActivityQuery): Statement {
  const { breakdowns, hasKeys, labels } = query;
  const { bind, values } = new Parameters();
  const dimensions = Object.values(breakdowns);
  // The key is last: a group by another dimension may be one by key as well.
  const parts = Object.entries(breakdowns)
    .map(([name, dimension]) => ({ name, column: CUBE_COLUMNS[dimension] }))
    .sort((a, b) => Number(a.name === KEYS) - Number(b.name === KEYS));
  const sets = parts.map(({ name, column }) =>
    hasKeys && name !== KEYS ? `(day, ${column}, key_id)` : `(day, ${column})`,
  );
  const caseOf = (shown: (part: (typeof parts)[number]) => string): string =>
    `CASE ${parts.map((part) => `WHEN grouping(${part.column}) = 0 THEN ${shown(part)}`).join(' ')} END`;
  const text = `
    WITH base AS MATERIALIZED (
      SELECT day, ${caseOf(({ name }) => `${bind(name)}::text`)} AS breakdown,
        ${caseOf(({ column }) => column)} AS value, ${hasKeys ? 'key_id' : `''`} AS key, ${SUMS}
      ${sourceOf(query, dimensions, bind)} GROUP BY GROUPING SETS (${sets.join(', ')}) ${NOT_NOTHING}),
    ${SIZE}, labels AS (${labelsOf(labels, bind)}),
    valued AS (${hasKeys ? VALUES_WITH_KEYS : 'SELECT * FROM base'})
    SELECT groups, day::text, breakdown, json FROM size LEFT JOIN (
      SELECT day, breakdown, string_agg(concat(to_json(coalesce(name, value)), ':{"metrics":', ${METRICS},
        ',"metadata":', coalesce(metadata, '{}')
        ${hasKeys ? `, CASE WHEN breakdown <> '${KEYS}' THEN concat(',"api_key_breakdown":{', keys, '}') END` : ''},
        '}'), ',' ORDER BY value) AS json
      FROM valued LEFT JOIN labels USING (breakdown, value)
      WHERE value <> '' GROUP BY day, breakdown) AS written ${WHEN_FEW}`;
  return { text, values };
}

/** Adds the keys of each value up and writes them. */
const VALUES_WITH_KEYS = `
  SELECT day, breakdown, value, ${SUMS},
    string_agg(concat(to_json(key), ':{"metrics":', metrics, ',"metadata":', coalesce(metadata, '{}'), '}'), ','
      ORDER BY key) FILTER (WHERE key <> '') AS keys
  FROM (SELECT base.*, ${METRICS} AS metrics, labels.metadata
    FROM base LEFT JOIN labels ON labels.breakdown = '${KEYS}' AND labels.value = base.key) AS keyed
  GROUP BY day, breakdown, value`;

function labelsOf(labels: readonly CubeLabel[], bind: (value: unknown) => string): string {
  const columns = [
    labels.map(({ breakdown }) => breakdown),
    labels.map(({ value }) => value),
    labels.map(({ name }) => name ?? null),
    labels.map(({ metadata }) => (metadata === undefined ? null : JSON.stringify(metadata))),
  ].map((column) => `${bind(column)}::text[]`);
  return `SELECT * FROM unnest(${columns.join(', ')}) AS l (breakdown, value, name, metadata)`;
}

/** One row for each day, with its subjects; one row at least. */
export function subjectStatement(query: CubeSubjectQuery): Statement {
  const { bind, values } = new Parameters();
  const column = CUBE_COLUMNS[query.subject];
  const source = sourceOf(query, [query.subject], bind);
  const names = `unnest(${bind([...query.names.keys()])}::text[], ${bind([...query.names.values()])}::text[])`;
  const text = `
    WITH base AS MATERIALIZED (
      SELECT day, ${column} AS value, model, key_id, sum(spend_usd) AS spend_usd,
        sum(input_tokens + output_tokens) AS tokens
      ${source} GROUP BY day, ${column}, model, key_id ${NOT_NOTHING}),
    ${SIZE},
    subjects AS (
      SELECT day, value, concat('{', to_json(${bind(query.member)}::text), ':', to_json(coalesce(name, value)),
        ',"total_spend":', trim_scale(sum(spend_usd)), ',"metadata":[',
        string_agg(concat('{"model":', to_json(model), ',"spend":', trim_scale(spend_usd), ',"total_tokens":', tokens,
          ',"api_key":', to_json(key_id), '}'), ',' ORDER BY model, key_id), ']}') AS json
      FROM base LEFT JOIN ${names} AS l (value, name) USING (value) GROUP BY day, value, name)
    SELECT groups, day::text, json FROM size LEFT JOIN (
      SELECT day, string_agg(json, ',' ORDER BY value) AS json FROM subjects GROUP BY day) AS written ${WHEN_FEW}
    ORDER BY day`;
  return { text, values };
}
