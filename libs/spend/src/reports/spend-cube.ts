import { Injectable } from '@nestjs/common';
import { Database } from '#libs/database';
import { SpendRecorder } from '../recording/spend-recorder.js';
import {
  activityStatement,
  type CubeActivityQuery,
  type CubeBreakdownText,
} from './cube-activity.js';
import {
  logDaysStatement,
  subjectStatement,
  type CubeDayText,
  type CubeSubjectQuery,
} from './cube-days.js';
import {
  CUBE_COLUMNS,
  MAX_GROUPS,
  NOT_NOTHING,
  pageOrderOf,
  Parameters,
  sourceOf,
  tableOf,
  tooManyGroups,
  type CubeDimension,
  type CubeScope,
  type Statement,
} from './cube-sql.js';

/** Sums that are asked for. */
interface CubeQuery extends CubeScope {
  /** At least one; each once. */
  readonly groupBy: readonly CubeDimension[];
  /** `group` is the order of the values, in which pages follow each other; `spend` begins with the largest. */
  readonly order?: 'group' | 'spend';
  /** Only groups behind this one, in the order of the values. */
  readonly after?: readonly string[];
  /** Groups at most; 100,000 at most. */
  readonly limit?: number;
}

/** Sums of one group. */
export interface CubeRow {
  /** Values of the group, in the order of `groupBy`; the empty string where attempts have none. Days as YYYY-MM-DD. */
  readonly values: readonly string[];
  /** US dollars, twelve decimals. */
  readonly spend: string;
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  /** Ended attempts. */
  readonly requests: number;
  readonly successfulRequests: number;
}

/** The values of a dimension that cost most. */
export interface LargestValues {
  readonly values: readonly string[];
  /** How many there are. */
  readonly total: number;
}

/** Time that a report waits for calls that have just ended. */
const BOOKING_LIMIT_MS = 2_000;

interface SumsRow extends Record<string, string> {
  readonly spend: string;
}

/** The groups that a document has, and a part of it unless there are none or too many. */
type WrittenRow<Text extends CubeDayText> = { readonly groups: number } & (
  Text | { readonly [Member in keyof Text]: null }
);

/** Sums over the roll-ups by day. Calls of this process that have ended are booked first. */
@Injectable()
export class SpendCube {
  constructor(
    private readonly database: Database,
    private readonly recorder: SpendRecorder,
  ) {}

  /**
   * Sums by groups.
   * @throws GatehouseError `request_invalid` when there are more groups than an answer can hold and no `limit`,
   * `report_timeout`, `database_unavailable`
   */
  async sums(query: CubeQuery): Promise<CubeRow[]> {
    const rows = await this.read<SumsRow>(statementOf(query));
    if (query.limit === undefined && rows.length >= MAX_GROUPS) throw tooManyGroups();
    return rows.map((row) => ({
      values: query.groupBy.map((_, index) => row[`g${String(index)}`] ?? ''),
      spend: row.spend,
      inputTokens: Number(row['inputTokens']),
      cachedInputTokens: Number(row['cachedInputTokens']),
      cacheWriteTokens: Number(row['cacheWriteTokens']),
      outputTokens: Number(row['outputTokens']),
      requests: Number(row['requests']),
      successfulRequests: Number(row['successfulRequests']),
    }));
  }

  /**
   * The values of a dimension that cost most, without the empty one.
   * @param limit how many at most
   * @throws GatehouseError `report_timeout`, `database_unavailable`
   */
  async largest(
    dimension: Exclude<CubeDimension, 'day'>,
    scope: CubeScope,
    limit: number,
  ): Promise<LargestValues> {
    const { bind, values } = new Parameters();
    const column = CUBE_COLUMNS[dimension];
    const text = `SELECT ${column} AS value, count(*) OVER ()::int AS total ${sourceOf(scope, [dimension], bind)}
      AND ${column} <> '' GROUP BY ${column} ${NOT_NOTHING}
      ORDER BY sum(spend_usd) DESC, ${column} LIMIT ${bind(limit)}`;
    const rows = await this.read<{ value: string; total: number }>({ text, values });
    return { values: rows.map(({ value }) => value), total: rows[0]?.total ?? 0 };
  }

  /**
   * The names that a dimension ever had, in order. Each is looked up in the index behind the one before.
   * @throws GatehouseError `report_timeout`, `database_unavailable`
   */
  async names(dimension: 'tag', limit: number): Promise<string[]> {
    const { bind, values } = new Parameters();
    const column = CUBE_COLUMNS[dimension];
    const table = tableOf({}, [dimension]);
    const text = `WITH RECURSIVE names (name) AS (
        (SELECT ${column} FROM ${table} ORDER BY ${column} LIMIT 1)
        UNION ALL
        SELECT (SELECT ${column} FROM ${table} WHERE ${column} > name ORDER BY ${column} LIMIT 1)
        FROM names WHERE name IS NOT NULL)
      SELECT name FROM names WHERE name <> '' LIMIT ${bind(limit)}`;
    const rows = await this.read<{ name: string }>({ text, values });
    return rows.map(({ name }) => name);
  }

  /**
   * The breakdowns of each day, as JSON that PostgreSQL writes: an answer of many megabytes is not made on the thread that relays calls.
   * @throws GatehouseError `request_invalid` when there are more groups than an answer can hold, `report_timeout`,
   * `database_unavailable`
   */
  activity(query: CubeActivityQuery): Promise<CubeBreakdownText[]> {
    return this.written<CubeBreakdownText>(activityStatement(query));
  }

  /**
   * The teams or end users of each day with their models and keys, as JSON in the same way.
   * @throws GatehouseError as {@link activity}
   */
  async subjects(query: CubeSubjectQuery): Promise<CubeDayText[]> {
    if (await this.hasTooMany(query)) throw tooManyGroups();
    return this.written<CubeDayText>(subjectStatement(query));
  }

  /**
   * What was spent on each day by user, model and key, as JSON in the same way.
   * @throws GatehouseError as {@link activity}
   */
  logDays(scope: CubeScope): Promise<CubeDayText[]> {
    const { bind, values } = new Parameters();
    const source = sourceOf(scope, ['user', 'model', 'key'], bind);
    return this.written<CubeDayText>(logDaysStatement(source, values));
  }

  /** Whether there are too many end users on the days of a report, from an index, before anything is added up. */
  private async hasTooMany(query: CubeSubjectQuery): Promise<boolean> {
    if (tableOf(query, [query.subject]) !== 'spend_daily_by_end_user') return false;
    const { bind, values } = new Parameters();
    const rows = `SELECT 1 ${sourceOf(query, [query.subject], bind)} LIMIT ${String(MAX_GROUPS)}`;
    const text = `SELECT count(*)::int AS groups FROM (${rows}) AS found`;
    const [found] = await this.read<{ groups: number }>({ text, values });
    return (found?.groups ?? 0) >= MAX_GROUPS;
  }

  private async written<Text extends CubeDayText>(statement: Statement): Promise<Text[]> {
    const rows = await this.read<WrittenRow<Text>>(statement);
    if ((rows[0]?.groups ?? 0) >= MAX_GROUPS) throw tooManyGroups();
    return rows.filter((row): row is Text & WrittenRow<Text> => row.json !== null);
  }

  private async read<Row>({ text, values }: Statement): Promise<Row[]> {
    await this.recorder.flushWithin(BOOKING_LIMIT_MS);
    return this.database.report((manager) => manager.query<Row[]>(text, [...values]));
  }
}

function statementOf(query: CubeQuery): Statement {
  const { groupBy, order = 'group', limit = MAX_GROUPS } = query;
  const { bind, values } = new Parameters();
  const source = sourceOf(query, groupBy, bind);
  const groups = groupBy.map((dimension, index) => {
    const column = CUBE_COLUMNS[dimension];
    return `${column}${dimension === 'day' ? '::text' : ''} AS g${String(index)}`;
  });
  const ordered = pageOrderOf(groupBy).map((dimension) => CUBE_COLUMNS[dimension]);
  const text = `SELECT ${groups.join(', ')}, sum(spend_usd)::numeric(38,12)::text AS spend,
      sum(input_tokens)::text AS "inputTokens",
      sum(cached_input_tokens)::text AS "cachedInputTokens",
      sum(cache_write_tokens)::text AS "cacheWriteTokens",
      sum(output_tokens)::text AS "outputTokens", sum(requests)::text AS requests,
      sum(successful_requests)::text AS "successfulRequests"
    ${source} ${behind(query, bind)}
    GROUP BY ${ordered.join(', ')} ${NOT_NOTHING}
    ORDER BY ${order === 'spend' ? 'sum(spend_usd) DESC, ' : ''}${ordered.join(', ')}
    LIMIT ${bind(Math.min(limit, MAX_GROUPS))}`;
  return { text, values };
}

/** The condition of a page that is not the first. The columns are compared by bytes, in the order of an index. */
function behind({ groupBy, after }: CubeQuery, bind: (value: unknown) => string): string {
  if (after === undefined) return '';
  const order = pageOrderOf(groupBy);
  const right = order.map((dimension) => {
    const value = bind(after[groupBy.indexOf(dimension)]);
    return dimension === 'day' ? `${value}::date` : `${value}::text`;
  });
  return `AND (${order.map((dimension) => CUBE_COLUMNS[dimension]).join(', ')}) > (${right.join(', ')})`;
}
