import {
  CUBE_COLUMNS,
  NOT_NOTHING,
  Parameters,
  SIZE,
  sourceOf,
  WHEN_FEW,
  type CubeScope,
  type Statement,
} from './cube-sql.js';

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

/** One row for each day, with its subjects; one row at least. */
export function subjectStatement(query: CubeSubjectQuery): Statement {
  const { bind, values } = new Parameters();
  const column = CUBE_COLUMNS[query.subject];
  const source = sourceOf(query, [query.subject, 'model', 'key'], bind);
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

/** A sum by name, and the sums of a day whose values are all there. */
const MEMBERS = `string_agg(concat(to_json(value), ':', trim_scale(spend_usd)), ',' ORDER BY value)`;

/**
 * One row for each day, with LiteLLM's summary of its users, models and keys; one row at least.
 * @param source `FROM` and `WHERE` of rows with the columns of a roll-up
 * @param values parameters of the source
 */
export function logDaysStatement(source: string, values: readonly unknown[]): Statement {
  const text = `
    WITH base AS MATERIALIZED (
      SELECT day, CASE WHEN grouping(user_id) = 0 THEN 'user' WHEN grouping(model) = 0 THEN 'model'
          WHEN grouping(key_id) = 0 THEN 'key' END AS kind,
        coalesce(CASE WHEN grouping(user_id) = 0 THEN user_id WHEN grouping(model) = 0 THEN model ELSE key_id END, '') AS value,
        sum(spend_usd) AS spend_usd
      ${source} GROUP BY GROUPING SETS ((day), (day, user_id), (day, model), (day, key_id)) ${NOT_NOTHING}),
    ${SIZE}
    SELECT groups, day::text, json FROM size LEFT JOIN (
      SELECT day, concat(${MEMBERS} FILTER (WHERE kind = 'key' AND value <> '') || ',',
        '"startTime":', to_json(day), ',"spend":', trim_scale(sum(spend_usd) FILTER (WHERE kind IS NULL)),
        ',"users":{', ${MEMBERS} FILTER (WHERE kind = 'user'), '},"models":{', ${MEMBERS} FILTER (WHERE kind = 'model'), '}') AS json
      FROM base GROUP BY day) AS written ${WHEN_FEW}
    ORDER BY day`;
  return { text, values };
}
