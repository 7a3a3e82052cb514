import { GatehouseError } from '#libs/common';
import { DAILY_TABLES, type DailyTable } from '../ledger/daily-changes.js';

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
  /** Values that a dimension must have none of. */
  readonly exclude?: CubeFilter;
  /** Model group, or model at the upstream. */
  readonly anyModel?: string;
  /** Counts only attempts that have a value of this dimension; by tag, once for each of them. */
  readonly only?: Exclude<CubeDimension, 'day'>;
  /** First and last day, UTC, both included. */
  readonly from?: string;
  readonly to?: string;
}

/** Groups of one answer at most, so that no report fills the memory. */
export const MAX_GROUPS = 100_000;

/**
 * The order in which pages follow each other: tags or end users first, of which there are many, because an index has that order,
 * then the dimensions as they are asked for.
 */
export function pageOrderOf(groupBy: readonly CubeDimension[]): readonly CubeDimension[] {
  const first = (['tag', 'end_user'] as const).find((dimension) => groupBy.includes(dimension));
  if (first === undefined) return groupBy;
  return [first, ...groupBy.filter((dimension) => dimension !== first)];
}

/** Groups that add up to nothing are not shown. */
export const NOT_NOTHING = 'HAVING sum(requests) <> 0 OR sum(spend_usd) <> 0';

/** Counts the groups of `base` before they are written, so that too many of them never are. */
export const SIZE = 'size AS (SELECT count(*)::int AS groups FROM base)';

/** Joins what is written to its size unless there are too many groups. */
export const WHEN_FEW = `ON (SELECT groups FROM size) < ${String(MAX_GROUPS)}`;

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

/** The dimensions of the roll-up by model. */
const BY_MODEL: ReadonlySet<string> = new Set<CubeDimension>([
  'model_group',
  'model',
  'provider',
  'call_type',
]);

/** The smallest roll-up that has all dimensions of a query. */
export function tableOf(scope: CubeScope, groupBy: readonly CubeDimension[]): DailyTable {
  const { filter = {}, exclude = {}, only, anyModel } = scope;
  const needed = new Set<string>([...groupBy, ...Object.keys(filter), ...Object.keys(exclude)]);
  needed.delete('day');
  if (anyModel !== undefined) needed.add('model');
  const counted = (['tag', 'end_user'] as const).find((name) => only === name || needed.has(name));
  if (only !== undefined && only !== counted) needed.add(only);
  if (counted === undefined)
    return needed.isSubsetOf(BY_MODEL) ? 'spend_daily_by_model' : 'spend_daily';
  return tableOfCounted(counted, needed);
}

/** The smallest roll-up that counts attempts with tags or end users. */
function tableOfCounted(counted: 'tag' | 'end_user', needed: ReadonlySet<string>): DailyTable {
  if (needed.size === 1 && needed.has(counted)) return `spend_daily_by_${counted}`;
  if (!needed.has('tag') && !needed.has('end_user')) return `spend_daily_with_${counted}`;
  return `spend_daily_${counted}s`;
}

/** `FROM` and `WHERE` of a sum over the attempts of a scope. */
export function sourceOf(
  scope: CubeScope,
  groupBy: readonly CubeDimension[],
  bind: (value: unknown) => string,
): string {
  const { filter = {}, exclude = {}, from, to, only, anyModel } = scope;
  const table = tableOf(scope, groupBy);
  const columns: readonly string[] = DAILY_TABLES[table].dimensions;
  const conditions = ['true'];
  if (from !== undefined) conditions.push(`day >= ${bind(from)}::date`);
  if (to !== undefined) conditions.push(`day <= ${bind(to)}::date`);
  const among = ([dimension, values]: [string, readonly string[]]): string =>
    `${CUBE_COLUMNS[dimension as CubeDimension]} = ANY (${bind(values)}::text[])`;
  conditions.push(...Object.entries(filter).map(among));
  conditions.push(...Object.entries(exclude).map((entry) => `NOT ${among(entry)}`));
  if (anyModel !== undefined) {
    const model = bind(anyModel);
    conditions.push(`(model = ${model}::text OR model_group = ${model}::text)`);
  }
  const named = [
    ...(only === undefined ? [] : [only]),
    ...groupBy.filter((name) => name === 'end_user'),
  ];
  for (const dimension of new Set(named)) {
    const column = CUBE_COLUMNS[dimension];
    if (columns.includes(column)) conditions.push(`${column} <> ''`);
  }
  return `FROM ${table} WHERE ${conditions.join(' AND ')}`;
}
