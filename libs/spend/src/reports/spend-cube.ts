import { Injectable } from '@nestjs/common';
import { Database } from '#libs/database';
import { SpendRecorder } from '../recording/spend-recorder.js';
import {
  activityStatement,
  subjectStatement,
  type CubeActivityQuery,
  type CubeBreakdownText,
  type CubeDayText,
  type CubeSubjectQuery,
} from './cube-days.js';
import {
  CUBE_COLUMNS,
  MAX_GROUPS,
  NOT_NOTHING,
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
  readonly outputTokens: number;
  /** Ended attempts. */
  readonly requests: number;
  readonly successfulRequests: number;
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
      outputTokens: Number(row['outputTokens']),
      requests: Number(row['requests']),
      successfulRequests: Number(row['successfulRequests']),
    }));
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
  subjects(query: CubeSubjectQuery): Promise<CubeDayText[]> {
    return this.written<CubeDayText>(subjectStatement(query));
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
  const columns = groupBy.map((dimension) => CUBE_COLUMNS[dimension]);
  const source = sourceOf(query, groupBy, bind);
  const groups = columns.map((column, index) =>
    column === 'day' ? `day::text AS g${String(index)}` : `${column} AS g${String(index)}`,
  );
  const text = `SELECT ${groups.join(', ')}, sum(spend_usd)::numeric(38,12)::text AS spend,
      sum(input_tokens)::text AS "inputTokens",
      sum(cached_input_tokens)::text AS "cachedInputTokens",
      sum(output_tokens)::text AS "outputTokens", sum(requests)::text AS requests,
      sum(successful_requests)::text AS "successfulRequests"
    ${source} ${behind(query, bind)}
    GROUP BY ${columns.join(', ')} ${NOT_NOTHING}
    ORDER BY ${order === 'spend' ? 'sum(spend_usd) DESC, ' : ''}${columns.join(', ')}
    LIMIT ${bind(Math.min(limit, MAX_GROUPS))}`;
  return { text, values };
}

/** The condition of a page that is not the first. The columns are compared by bytes, in the order of an index. */
function behind({ groupBy, after }: CubeQuery, bind: (value: unknown) => string): string {
  if (after === undefined) return '';
  const right = after.map((value, index) =>
    groupBy[index] === 'day' ? `${bind(value)}::date` : `${bind(value)}::text`,
  );
  const left = groupBy.map((dimension) => CUBE_COLUMNS[dimension]);
  return `AND (${left.join(', ')}) > (${right.join(', ')})`;
}
