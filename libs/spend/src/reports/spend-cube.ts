import { Injectable } from '@nestjs/common';
import { GatehouseError } from '#libs/common';
import { Database } from '#libs/database';
import { SpendRecorder } from '../recording/spend-recorder.js';
import type { DailyTable } from '../ledger/daily-changes.js';

/** What a report may group and filter by: names of this library, with the columns of the roll-ups. */
const COLUMNS = {
  day: 'day',
  organization: 'org_id',
  team: 'team_id',
  user: 'user_id',
  end_user: 'end_user_id',
  key: 'key_id',
  issuer: 'issuer',
  model_group: 'model_group',
  model: 'model',
  provider: 'provider',
  call_type: 'call_type',
  tag: 'tag',
  client: 'client',
} as const;

/** One dimension of the roll-ups. */
export type CubeDimension = keyof typeof COLUMNS;

/** Values that a dimension must have one of. */
export type CubeFilter = Partial<Record<Exclude<CubeDimension, 'day'>, readonly string[]>>;

/** Sums that are asked for. */
interface CubeQuery {
  /** At least one; each once. */
  readonly groupBy: readonly CubeDimension[];
  readonly filter?: CubeFilter;
  /** Counts only attempts that have a value of this dimension; by tag, once for each of them. */
  readonly only?: Exclude<CubeDimension, 'day'>;
  /** First and last day, UTC, both included. */
  readonly from?: string;
  readonly to?: string;
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

/** Groups of one answer at most, so that no report fills the memory. */
const MAX_GROUPS = 100_000;

/** Time that a report waits for calls that have just ended. */
const BOOKING_LIMIT_MS = 2_000;

interface SumsRow extends Record<string, string> {
  readonly spend: string;
}

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
    await this.recorder.flushWithin(BOOKING_LIMIT_MS);
    const { text, values } = statementOf(query);
    const rows = await this.database.report((manager) =>
      manager.query<SumsRow[]>(text, [...values]),
    );
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
}

function tooManyGroups(): GatehouseError {
  return new GatehouseError('request_invalid', {
    message: `The report has ${String(MAX_GROUPS)} groups or more. Ask for fewer days or with a filter.`,
  });
}

/** The smallest roll-up that has all dimensions of a query. */
function tableOf({ groupBy, filter = {}, only }: CubeQuery): DailyTable {
  const asks = (dimension: 'tag' | 'end_user'): boolean =>
    only === dimension || groupBy.includes(dimension) || filter[dimension] !== undefined;
  if (asks('tag')) return 'spend_daily_tags';
  return asks('end_user') ? 'spend_daily_end_users' : 'spend_daily';
}

function statementOf(query: CubeQuery): { text: string; values: readonly unknown[] } {
  const { groupBy, order = 'group', limit = MAX_GROUPS } = query;
  const columns = groupBy.map((dimension) => COLUMNS[dimension]);
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${String(values.push(value))}`;
  const conditions = conditionsOf(query, bind);
  // Text is compared by bytes, as pages continue, independent of the collation of the database.
  const sorted = columns.map((column) => (column === 'day' ? column : `${column} COLLATE "C"`));
  const groups = columns.map((column, index) =>
    column === 'day' ? `day::text AS g${String(index)}` : `${column} AS g${String(index)}`,
  );
  return {
    text: `SELECT ${groups.join(', ')}, sum(spend_usd)::numeric(38,12)::text AS spend,
        sum(input_tokens)::text AS "inputTokens",
        sum(cached_input_tokens)::text AS "cachedInputTokens",
        sum(output_tokens)::text AS "outputTokens", sum(requests)::text AS requests,
        sum(successful_requests)::text AS "successfulRequests"
      FROM ${tableOf(query)} WHERE ${conditions.join(' AND ')}
      GROUP BY ${columns.join(', ')} HAVING sum(requests) <> 0 OR sum(spend_usd) <> 0
      ORDER BY ${order === 'spend' ? 'sum(spend_usd) DESC, ' : ''}${sorted.join(', ')}
      LIMIT ${bind(Math.min(limit, MAX_GROUPS))}`,
    values,
  };
}

function conditionsOf(query: CubeQuery, bind: (value: unknown) => string): string[] {
  const { groupBy, filter = {}, from, to, after, only } = query;
  const conditions = ['true'];
  if (from !== undefined) conditions.push(`day >= ${bind(from)}::date`);
  if (to !== undefined) conditions.push(`day <= ${bind(to)}::date`);
  for (const [dimension, wanted] of Object.entries(filter)) {
    const column = COLUMNS[dimension as CubeDimension];
    conditions.push(`${column} = ANY (${bind(wanted)}::text[])`);
  }
  if (only !== undefined) conditions.push(`${COLUMNS[only]} <> ''`);
  if (tableOf(query) === 'spend_daily_tags' && groupBy.includes('end_user')) {
    conditions.push(`end_user_id <> ''`);
  }
  if (after !== undefined) {
    const left = groupBy.map((dimension) =>
      dimension === 'day' ? 'day' : `${COLUMNS[dimension]} COLLATE "C"`,
    );
    const right = after.map((value, index) =>
      groupBy[index] === 'day' ? `${bind(value)}::date` : `${bind(value)}::text`,
    );
    conditions.push(`(${left.join(', ')}) > (${right.join(', ')})`);
  }
  return conditions;
}
