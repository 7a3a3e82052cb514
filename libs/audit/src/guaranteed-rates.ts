import {
  completedLimits,
  isGuaranteed,
  overAllocationOf,
  UNLIMITED,
  type Limits,
} from '#libs/access';
import { GatehouseError } from '#libs/common';
import type { UnitOfWork } from '#libs/database';

/** Tables whose rows have rate limits that others share, with their name and the column of their id here and in those that refer to them. */
const OWNERS = {
  teams: { name: 'team', column: 'team_id' },
  organizations: { name: 'organization', column: 'organization_id' },
} as const;
/** Names of the rows that share them. */
const SHARING: Readonly<Partial<Record<string, string>>> = { virtual_keys: 'keys', teams: 'teams' };

/** A row whose rate limits bear those of the rows that refer to it. */
export interface RateOwner {
  readonly table: keyof typeof OWNERS;
  /** `null` for none. */
  readonly id: string | null;
}

interface LimitedRow {
  readonly limits: Limits;
  /** Of the budget that it names. */
  readonly named: Limits | null;
}

/**
 * Refuses a written row whose guaranteed rate limits do not fit, with those of the other rows of its owners, into the limits of
 * those owners. Concurrent writes for one owner wait for each other.
 * @throws GatehouseError `request_invalid`, naming the member
 */
export async function requireAllocation(
  unit: UnitOfWork,
  table: string,
  { limits, owners }: { readonly limits?: Limits; readonly owners: readonly RateOwner[] },
): Promise<void> {
  if (limits === undefined || !isGuaranteed(limits)) return;
  for (const { table: ownerTable, id } of owners) {
    if (id === null) continue;
    const { name, column } = OWNERS[ownerTable];
    await unit.lock(`rates of ${ownerTable}`, id);
    const [owner] = await read(unit, ownerTable, [column, id]);
    const all = await read(unit, table, [column, id]);
    const over = overAllocationOf(limits, owner ?? UNLIMITED, all);
    if (over === null) continue;
    const { member, model, allocated, limit } = over;
    const what = model === null ? member : `${member}.${model}`;
    throw new GatehouseError('request_invalid', {
      message: `${what} cannot be guaranteed: all ${SHARING[table] ?? 'rows'} of the ${name} ${id} would have ${String(allocated)} per minute, and the limit of the ${name} is ${String(limit)}. Lower it, raise that limit, or leave guaranteed_throughput out.`,
      param: member,
    });
  }
}

/** Returns the limits of the rows that have a value in a column, completed by the budgets that they name. */
async function read(
  unit: UnitOfWork,
  table: string,
  [column, id]: readonly [string, string],
): Promise<Limits[]> {
  const rows = await unit.manager.query<LimitedRow[]>(
    `SELECT r.limits, b.limits AS named FROM ${table} r
      LEFT JOIN budgets b ON b.budget_id = r.limits ->> 'budgetId' WHERE r.${column} = $1`,
    [id],
  );
  return rows.map(({ limits, named }) =>
    named === null ? limits : completedLimits(limits, named),
  );
}
