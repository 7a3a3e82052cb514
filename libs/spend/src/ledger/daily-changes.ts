import { parseUsd, type PicoUsd } from '#libs/common';
import type { CallIntent, CallOutcome } from '../costs/call-records.js';
import type { ChangedRow, DailyCounts } from './entry-batch.js';
import { namesOf, unnest, type Column, type Statement } from './ledger-sql.js';

/** The dimensions of every roll-up besides the day: columns of the tables. An absent one is the empty string. */
export const DAILY_DIMENSIONS = [
  'org_id',
  'team_id',
  'user_id',
  'key_id',
  'issuer',
  'model_group',
  'model',
  'provider',
  'call_type',
  'client',
] as const;

/** The sums of every roll-up. */
export const DAILY_SUMS = [
  'spend_usd',
  'input_tokens',
  'cached_input_tokens',
  'output_tokens',
  'requests',
  'successful_requests',
] as const;

/**
 * The roll-ups and the dimensions that each has besides {@link DAILY_DIMENSIONS}. The second counts requests of end users
 * alone and the third requests with tags, so that the first stays small however many of them there are.
 */
export const DAILY_TABLES = {
  spend_daily: [],
  spend_daily_end_users: ['end_user_id'],
  spend_daily_tags: ['end_user_id', 'tag'],
} as const satisfies Record<string, readonly string[]>;

/** The name of a roll-up. */
export type DailyTable = keyof typeof DAILY_TABLES;

interface DailyChange extends Record<keyof DailyCounts, number> {
  readonly day: string;
  /** Values of the dimensions, in the order of the columns. */
  readonly dimensions: readonly string[];
  spendPico: PicoUsd;
}

/** An entry as roll-ups count it. */
type DailyEntry = Pick<
  ChangedRow,
  'orgId' | 'teamId' | 'userId' | 'keyId' | 'endUserId' | 'issuer' | 'modelGroup'
> &
  Pick<ChangedRow, 'model' | 'provider' | 'callType' | 'client' | 'tags' | 'startedAt'>;

/** Adds up what a transaction changes in the roll-ups, exactly. */
export class DailyChanges {
  private readonly tables: Readonly<Record<DailyTable, Map<string, DailyChange>>> = {
    spend_daily: new Map(),
    spend_daily_end_users: new Map(),
    spend_daily_tags: new Map(),
  };

  /** Books an entry that was inserted with its outcome. */
  addEntry(intent: CallIntent, outcome: CallOutcome): void {
    const counts = {
      inputTokens: outcome.usage?.inputTokens ?? 0,
      cachedInputTokens: outcome.usage?.cachedInputTokens ?? 0,
      outputTokens: outcome.usage?.outputTokens ?? 0,
      requests: 1,
      successfulRequests: outcome.succeeded ? 1 : 0,
    };
    this.add({ ...intent, ...intent.attribution }, counts, outcome.costPico);
  }

  /** Books a row that the database answered with. */
  addRow(row: ChangedRow): void {
    const counts = {
      inputTokens: Number(row.inputTokens),
      cachedInputTokens: Number(row.cachedInputTokens),
      outputTokens: Number(row.outputTokens),
      requests: Number(row.requests),
      successfulRequests: Number(row.successfulRequests),
    };
    this.add(row, counts, parseUsd(row.spend));
  }

  /** The statements that book the changes, in one order for all processes: no deadlocks. */
  statements(): Statement[] {
    return (Object.keys(this.tables) as DailyTable[])
      .filter((table) => this.tables[table].size > 0)
      .map((table) => addToDaily(table, [...this.tables[table].values()]));
  }

  private add(entry: DailyEntry, counts: DailyCounts, spendPico: PicoUsd): void {
    const day = entry.startedAt.toISOString().slice(0, 10);
    const dimensions = dimensionsOf(entry).map((value) => value ?? '');
    const endUser = entry.endUserId ?? '';
    this.sum('spend_daily', { ...counts, day, dimensions, spendPico });
    if (endUser !== '') {
      const all = [...dimensions, endUser];
      this.sum('spend_daily_end_users', { ...counts, day, dimensions: all, spendPico });
    }
    for (const tag of entry.tags ?? []) {
      const all = [...dimensions, endUser, tag];
      this.sum('spend_daily_tags', { ...counts, day, dimensions: all, spendPico });
    }
  }

  private sum(table: DailyTable, change: DailyChange): void {
    // No stored text holds NUL.
    const key = `${change.day}\0${change.dimensions.join('\0')}`;
    const sum = this.tables[table].get(key);
    if (sum === undefined) {
      this.tables[table].set(key, change);
      return;
    }
    sum.spendPico += change.spendPico;
    sum.inputTokens += change.inputTokens;
    sum.cachedInputTokens += change.cachedInputTokens;
    sum.outputTokens += change.outputTokens;
    sum.requests += change.requests;
    sum.successfulRequests += change.successfulRequests;
  }
}

/** In the order of {@link DAILY_DIMENSIONS}. */
function dimensionsOf(entry: DailyEntry): (string | null)[] {
  const { orgId, teamId, userId, keyId, issuer, client } = entry;
  const { modelGroup, model, provider, callType } = entry;
  return [orgId, teamId, userId, keyId, issuer, modelGroup, model, provider, callType, client];
}

const SUM_COLUMNS: Readonly<Record<(typeof DAILY_SUMS)[number], Column<DailyChange>>> = {
  spend_usd: ['spend_usd', 'numeric', ({ spendPico }) => spendPico],
  input_tokens: ['input_tokens', 'int8', ({ inputTokens }) => inputTokens],
  cached_input_tokens: ['cached_input_tokens', 'int8', (change) => change.cachedInputTokens],
  output_tokens: ['output_tokens', 'int8', ({ outputTokens }) => outputTokens],
  requests: ['requests', 'int8', ({ requests }) => requests],
  successful_requests: ['successful_requests', 'int8', (change) => change.successfulRequests],
};

/**
 * Identifies the combination of dimensions in the unique key. A hash, because a key of a dozen columns would be as large as the
 * table; SHA-256, because clients choose tags and names and could make two combinations collide.
 * @param columns the columns of the dimensions
 */
export function dailyIdOf(columns: readonly string[]): string {
  return `sha256(convert_to(json_build_array(${columns.join(', ')})::text, 'UTF8'))`;
}

/** Adds changes to a roll-up, making the rows that are not there. */
function addToDaily(table: DailyTable, changes: readonly DailyChange[]): Statement {
  const dimensions = [...DAILY_DIMENSIONS, ...DAILY_TABLES[table]];
  const columns: Column<DailyChange>[] = [
    ['day', 'date', ({ day }) => day],
    ...dimensions.map((name, index): Column<DailyChange> => [
      name,
      'text',
      (change) => change.dimensions[index] ?? '',
    ]),
    ...DAILY_SUMS.map((name) => SUM_COLUMNS[name]),
  ];
  const { source, values } = unnest(columns, changes);
  const names = namesOf(columns);
  const sums = DAILY_SUMS.map((name) => `${name} = t.${name} + EXCLUDED.${name}`).join(', ');
  return {
    text: `INSERT INTO ${table} AS t (combination, ${names})
      SELECT ${dailyIdOf(dimensions)} AS combination, ${names} FROM ${source} ORDER BY day, combination
      ON CONFLICT (day, combination) DO UPDATE SET ${sums}`,
    values,
  };
}
