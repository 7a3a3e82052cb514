import { GatehouseError } from '#libs/common';
import type { DailyTable } from '../ledger/daily-changes.js';

/** What a report may group and filter by: names of this library, with the columns of the roll-ups. */
export const CUBE_COLUMNS = {
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
export type CubeDimension = keyof typeof CUBE_COLUMNS;

/** Values that a dimension must have one of. */
export type CubeFilter = Partial<Record<Exclude<CubeDimension, 'day'>, readonly string[]>>;

/** Which attempts are added up. */
export interface CubeScope {
  readonly filter?: CubeFilter;
  /** Counts only attempts that have a value of this dimension; by tag, once for each of them. */
  readonly only?: Exclude<CubeDimension, 'day'>;
  /** First and last day, UTC, both included. */
  readonly from?: string;
  readonly to?: string;
}

/** Groups of one answer at most, so that no report fills the memory. */
export const MAX_GROUPS = 100_000;

/** Groups that add up to nothing are not shown. */
export const NOT_NOTHING = 'HAVING sum(requests) <> 0 OR sum(spend_usd) <> 0';

/** The refusal of an answer with too many groups. */
export function tooManyGroups(): GatehouseError {
  return new GatehouseError('request_invalid', {
    message: `The report has ${String(MAX_GROUPS)} groups or more. Ask for fewer days or with a filter.`,
  });
}

/** A statement with its values. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Values of a statement, with the place of each. */
export class Parameters {
  readonly values: unknown[] = [];

  /** Adds a value and returns its place, `$1` for the first. */
  readonly bind = (value: unknown): string => `$${String(this.values.push(value))}`;
}

/** The smallest roll-up that has all dimensions of a query. */
export function tableOf(
  { filter = {}, only }: CubeScope,
  groupBy: readonly CubeDimension[],
): DailyTable {
  const asks = (dimension: 'tag' | 'end_user'): boolean =>
    only === dimension || groupBy.includes(dimension) || filter[dimension] !== undefined;
  if (asks('tag')) return 'spend_daily_tags';
  return asks('end_user') ? 'spend_daily_end_users' : 'spend_daily';
}

/** `FROM` and `WHERE` of a sum over the attempts of a scope. */
export function sourceOf(
  scope: CubeScope,
  groupBy: readonly CubeDimension[],
  bind: (value: unknown) => string,
): string {
  const { filter = {}, from, to, only } = scope;
  const table = tableOf(scope, groupBy);
  const conditions = ['true'];
  if (from !== undefined) conditions.push(`day >= ${bind(from)}::date`);
  if (to !== undefined) conditions.push(`day <= ${bind(to)}::date`);
  for (const [dimension, wanted] of Object.entries(filter)) {
    const column = CUBE_COLUMNS[dimension as CubeDimension];
    conditions.push(`${column} = ANY (${bind(wanted)}::text[])`);
  }
  if (only !== undefined) conditions.push(`${CUBE_COLUMNS[only]} <> ''`);
  if (table === 'spend_daily_tags' && groupBy.includes('end_user')) {
    conditions.push(`end_user_id <> ''`);
  }
  return `FROM ${table} WHERE ${conditions.join(' AND ')}`;
}
