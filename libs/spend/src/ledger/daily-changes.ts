import { parseUsd, type PicoUsd } from '#libs/common';
import type { CallIntent, CallOutcome } from '../costs/call-records.js';
import type { UsageDetails } from '../costs/token-usage.js';
import type { ChangedRow, DailyCounts } from './entry-batch.js';
import { namesOf, unnest, type Column, type Statement } from './ledger-sql.js';

/** The dimensions that have few values. */
const MODEL_DIMENSIONS = ['model_group', 'model', 'provider', 'call_type'] as const;

/** The dimensions of a roll-up besides the day: columns of the tables. An absent one is the empty string. */
const DAILY_DIMENSIONS = [
  'org_id',
  'team_id',
  'user_id',
  'key_id',
  'issuer',
  ...MODEL_DIMENSIONS,
  'client',
] as const;

/** The sums of every roll-up. */
export const DAILY_SUMS = [
  'spend_usd',
  'input_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
  'output_tokens',
  'requests',
  'successful_requests',
] as const;

/** A roll-up: its dimensions, and which attempts it counts, those with tags once for each tag. */
interface DailyRollUp {
  readonly dimensions: readonly DailyDimension[];
  readonly of: 'attempts' | 'end users' | 'tags';
}

/**
 * The roll-ups. Those of end users and tags have nearly a row for each entry where there are many of them: the first one stays
 * small without them, and reports on all of them read the two without their names or the two with nothing but their names. The one
 * by model has a few rows for a day, however many users and keys there are.
 */
export const DAILY_TABLES = {
  spend_daily: { dimensions: DAILY_DIMENSIONS, of: 'attempts' },
  spend_daily_by_model: { dimensions: MODEL_DIMENSIONS, of: 'attempts' },
  spend_daily_end_users: { dimensions: [...DAILY_DIMENSIONS, 'end_user_id'], of: 'end users' },
  spend_daily_with_end_user: { dimensions: DAILY_DIMENSIONS, of: 'end users' },
  spend_daily_by_end_user: { dimensions: ['end_user_id'], of: 'end users' },
  spend_daily_tags: { dimensions: [...DAILY_DIMENSIONS, 'end_user_id', 'tag'], of: 'tags' },
  spend_daily_with_tag: { dimensions: DAILY_DIMENSIONS, of: 'tags' },
  spend_daily_by_tag: { dimensions: ['tag'], of: 'tags' },
} as const satisfies Record<string, DailyRollUp>;

/** The name of a roll-up. */
export type DailyTable = keyof typeof DAILY_TABLES;

const TABLES = Object.keys(DAILY_TABLES) as DailyTable[];

/** A column of a roll-up besides its sums. */
type DailyDimension = (typeof DAILY_DIMENSIONS)[number] | 'end_user_id' | 'tag';

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
  private readonly tables = Object.fromEntries(
    TABLES.map((table) => [table, new Map()]),
  ) as Readonly<Record<DailyTable, Map<string, DailyChange>>>;

  /** Books an entry that was inserted with its outcome. */
  addEntry(intent: CallIntent, outcome: CallOutcome): void {
    const counts = {
      inputTokens: outcome.usage?.inputTokens ?? 0,
      cachedInputTokens: outcome.usage?.cachedInputTokens ?? 0,
      cacheWriteTokens: cacheWritesOf(outcome.usage?.details),
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
      cacheWriteTokens: Number(row.cacheWriteTokens),
      outputTokens: Number(row.outputTokens),
      requests: Number(row.requests),
      successfulRequests: Number(row.successfulRequests),
    };
    this.add(row, counts, parseUsd(row.spend));
  }

  /** The statements that book the changes, in one order for all processes: no deadlocks. */
  statements(): Statement[] {
    return TABLES.filter((table) => this.tables[table].size > 0).map((table) =>
      addToDaily(table, [...this.tables[table].values()]),
    );
  }

  private add(entry: DailyEntry, counts: DailyCounts, spendPico: PicoUsd): void {
    const day = entry.startedAt.toISOString().slice(0, 10);
    const attempt = dimensionsOf(entry);
    const counted = {
      attempts: [attempt],
      'end users': attempt.end_user_id === '' ? [] : [attempt],
      tags: (entry.tags ?? []).map((tag) => ({ ...attempt, tag })),
    };
    for (const table of TABLES) {
      const { dimensions: names, of } = DAILY_TABLES[table];
      for (const values of counted[of]) {
        const dimensions = names.map((name) => values[name]);
        this.sum(table, { ...counts, day, dimensions, spendPico });
      }
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
    sum.cacheWriteTokens += change.cacheWriteTokens;
    sum.outputTokens += change.outputTokens;
    sum.requests += change.requests;
    sum.successfulRequests += change.successfulRequests;
  }
}

/** Input tokens that were written to a cache, for however long. */
function cacheWritesOf(details: UsageDetails = {}): number {
  return (details.cacheWrite ?? 0) + (details.cacheWriteHour ?? 0);
}

/** The values of all dimensions by column; the tag is given by each of its tags. */
function dimensionsOf(entry: DailyEntry): Record<DailyDimension, string> {
  return {
    org_id: entry.orgId ?? '',
    team_id: entry.teamId ?? '',
    user_id: entry.userId ?? '',
    key_id: entry.keyId ?? '',
    issuer: entry.issuer ?? '',
    model_group: entry.modelGroup,
    model: entry.model,
    provider: entry.provider,
    call_type: entry.callType,
    client: entry.client ?? '',
    end_user_id: entry.endUserId ?? '',
    tag: '',
  };
}

const SUM_COLUMNS: Readonly<Record<(typeof DAILY_SUMS)[number], Column<DailyChange>>> = {
  spend_usd: ['spend_usd', 'numeric', ({ spendPico }) => spendPico],
  input_tokens: ['input_tokens', 'int8', ({ inputTokens }) => inputTokens],
  cached_input_tokens: ['cached_input_tokens', 'int8', (change) => change.cachedInputTokens],
  cache_write_tokens: ['cache_write_tokens', 'int8', ({ cacheWriteTokens }) => cacheWriteTokens],
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
  const { dimensions } = DAILY_TABLES[table];
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
