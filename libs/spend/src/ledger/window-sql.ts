import { unnest, type Column, type Statement } from './ledger-sql.js';
import type { Counter, LeaseChange, QuarterChange, WindowChange } from './window-changes.js';

/** Held shared by bookings and alone while a window is opened, so that no booking is lost or counted twice. */
const WINDOWS_LOCK = 4_711_000_017;

const COUNTER_COLUMNS: readonly Column<Counter>[] = [
  ['scope', 'text', ({ scope }) => scope],
  ['id', 'text', ({ id }) => id],
];

const QUARTER_COLUMNS: readonly Column<QuarterChange>[] = [
  ['scope', 'text', ({ scope }) => scope],
  ['id', 'text', ({ id }) => id],
  ['quarter', 'timestamptz', ({ quarterMs }) => new Date(quarterMs).toISOString()],
  ['spend_usd', 'numeric', ({ spendPico }) => spendPico],
];

const WINDOW_COLUMNS: readonly Column<WindowChange>[] = [
  ['scope', 'text', ({ window }) => window.scope],
  ['id', 'text', ({ window }) => window.id],
  ['window_start', 'timestamptz', ({ window }) => instantOf(Number(window.startMs))],
  ['window_end', 'timestamptz', ({ window }) => instantOf(Number(window.endMs))],
  ['spend_usd', 'numeric', ({ spendPico }) => spendPico],
];

const LEASE_COLUMNS: readonly Column<LeaseChange>[] = [
  ['holder', 'text', ({ holder }) => holder],
  ['scope', 'text', ({ window }) => window.scope],
  ['id', 'text', ({ window }) => window.id],
  ['window_start', 'timestamptz', ({ window }) => instantOf(window.start ?? -Infinity)],
  ['window_end', 'timestamptz', ({ window }) => instantOf(window.end ?? Infinity)],
  ['spend_usd', 'numeric', ({ spendPico }) => spendPico],
];

/** Keeps windows from being opened until the transaction ends. The first statement of every booking. */
export function holdWindowsOpen(): Statement {
  return { text: 'SELECT pg_advisory_xact_lock_shared($1)', values: [WINDOWS_LOCK] };
}

/**
 * Adds changes to the sums of 15 minutes.
 * @param changes at least one, in the order in which rows are to be locked
 */
export function addToQuarters(changes: readonly QuarterChange[]): Statement {
  const { source, values } = unnest(QUARTER_COLUMNS, changes);
  return {
    text: `INSERT INTO spend_quarters (scope, id, quarter, spend_usd)
      SELECT scope, id, quarter, spend_usd FROM ${source} ORDER BY ordinality
      ON CONFLICT (scope, id, quarter) DO UPDATE SET
        spend_usd = spend_quarters.spend_usd + EXCLUDED.spend_usd`,
    values,
  };
}

const LOCKED = `SELECT w.scope, w.id,
    (extract(epoch FROM w.window_start) * 1000)::text AS "startMs",
    (extract(epoch FROM w.window_end) * 1000)::text AS "endMs"
  FROM budget_windows w`;
const IS_OF_THE_TIME = 'w.window_end > $3::timestamptz AND w.window_start <= $4::timestamptz';
const IN_ORDER = 'ORDER BY w.scope, w.id, w.window_start, w.window_end FOR UPDATE OF w';

/** A time span in milliseconds since the Unix epoch. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * Locks the windows of some counters that are of some time, in their order, and returns them.
 * @param counters at least one
 */
export function lockWindows(counters: readonly Counter[], { from, to }: Span): Statement {
  const { source, values } = unnest(COUNTER_COLUMNS, counters);
  return {
    text: `${LOCKED} JOIN ${source} USING (scope, id) WHERE ${IS_OF_THE_TIME} ${IN_ORDER}`,
    values: [...values, instantOf(from), instantOf(to)],
  };
}

/** Does the same, and locks the windows with leases of a process besides, which are about to end. */
export function lockWindowsOf(
  holder: string,
  counters: readonly Counter[],
  { from, to }: Span,
): Statement {
  const { source, values } = unnest(COUNTER_COLUMNS, counters);
  return {
    text: `${LOCKED} WHERE (w.scope, w.id, w.window_start, w.window_end) IN (
        SELECT scope, id, window_start, window_end FROM budget_windows w JOIN ${source} USING (scope, id)
        WHERE ${IS_OF_THE_TIME}
        UNION SELECT scope, id, window_start, window_end FROM budget_leases
        WHERE holder = $5 AND amount_usd <> 0)
      ${IN_ORDER}`,
    values: [...values, instantOf(from), instantOf(to), holder],
  };
}

/**
 * Adds changes to locked windows.
 * @param changes at least one
 */
export function addToWindows(changes: readonly WindowChange[]): Statement {
  const { source, values } = unnest(WINDOW_COLUMNS, changes);
  return {
    text: `UPDATE budget_windows w SET spent_usd = w.spent_usd + i.spend_usd FROM ${source}
      WHERE (w.scope, w.id, w.window_start, w.window_end) = (i.scope, i.id, i.window_start, i.window_end)`,
    values,
  };
}

/**
 * Takes what was booked from the leases that covered it, so that what is spent and leased stays the same together.
 * @param changes at least one; their windows are locked
 */
export function takeFromLeases(changes: readonly LeaseChange[]): Statement {
  const { source, values } = unnest(LEASE_COLUMNS, changes);
  return {
    text: `UPDATE budget_leases l SET amount_usd = l.amount_usd - i.spend_usd FROM ${source}
      WHERE l.holder = i.holder
        AND (l.scope, l.id, l.window_start, l.window_end) = (i.scope, i.id, i.window_start, i.window_end)`,
    values,
  };
}

/** Returns an instant of a window as the database reads it. */
export function instantOf(ms: number): string {
  if (Number.isFinite(ms)) return new Date(ms).toISOString();
  return ms < 0 ? '-infinity' : 'infinity';
}
