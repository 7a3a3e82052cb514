import { formatUsd, type PicoUsd } from '#libs/common';
import type { UnitOfWork } from '#libs/database';
import type { SpendScope } from '#libs/spend';
import type { BudgetAlert } from './alert-message.js';
import type { WatchedBudget } from './watched-budgets.js';

/** The highest percentage that a budget has reached. */
interface Passage {
  readonly budget: WatchedBudget;
  readonly spent: PicoUsd;
  readonly threshold: number;
}

/** An alert that this process is to send. */
export interface ClaimedAlert extends BudgetAlert {
  readonly pending: readonly string[];
  readonly attempts: number;
}

/** How an attempt to send an alert ended. */
interface Attempted {
  readonly alertId: string;
  /** Channels that did not take it. */
  readonly pending: readonly string[];
  /** When it is tried again. */
  readonly nextAttemptAt: Date;
}

const MAX_CLAIMED = 50;
/** Alerts older than that are not sent any more. */
const GIVE_UP_AFTER = '7 days';
/** What has sums of quarters; the windows of everything else are kept from the first request that has to bear them. */
const SUMMED_SCOPES: readonly SpendScope[] = [
  'key',
  'user',
  'team',
  'team_member',
  'org',
  'org_member',
  'end_user',
  'tag',
];
/** One process at a time looks for alerts. */
const TRY_LOCK = `SELECT pg_try_advisory_xact_lock(hashtextextended('gatehouse.alerts', 0)) AS locked`;

/** Tells whether this transaction is the only one that looks for alerts. */
export async function locksAlerts({ manager }: UnitOfWork): Promise<boolean> {
  const rows = await manager.query<{ locked: boolean }[]>(TRY_LOCK);
  return rows[0]?.locked === true;
}

/** Returns what was spent in the windows of budgets, in decimal strings and in their order. */
export async function spendOf(
  { manager }: UnitOfWork,
  budgets: readonly WatchedBudget[],
): Promise<readonly string[]> {
  const rows = await manager.query<{ spent: string }[]>(
    `SELECT CASE WHEN w.scope = ANY($5) THEN gatehouse_window_spend(w.scope, w.id, w.starts, w.ends)
       ELSE coalesce(b.spent_usd, 0) END::text AS spent
     FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[])
       WITH ORDINALITY AS w (scope, id, starts, ends, place)
     LEFT JOIN budget_windows AS b
       ON (b.scope, b.id, b.window_start, b.window_end) = (w.scope, w.id, w.starts, w.ends)
     ORDER BY w.place`,
    [
      budgets.map(({ scope }) => scope),
      budgets.map(({ id }) => id),
      budgets.map(({ window }) => instantOf(window.startMs)),
      budgets.map(({ window }) => instantOf(window.endMs)),
      SUMMED_SCOPES,
    ],
  );
  return rows.map(({ spent }) => spent);
}

/** Stores alerts, except those of which the same or a higher percentage was stored before. */
export async function storeAlerts(
  { manager }: UnitOfWork,
  passages: readonly Passage[],
  { channels, now }: { readonly channels: readonly string[]; readonly now: Date },
): Promise<void> {
  if (passages.length === 0) return;
  const rows = passages.map(({ budget, spent, threshold }) => ({
    scope: budget.scope,
    id: budget.id,
    starts: instantOf(budget.window.startMs),
    ends: instantOf(budget.window.endMs),
    kind: budget.kind,
    threshold,
    budget: formatUsd(budget.amount),
    spent: formatUsd(spent),
  }));
  await manager.query(
    `INSERT INTO budget_alerts (alert_id, scope, id, window_start, window_end, kind, threshold, budget_usd, spent_usd,
       pending, next_attempt_at, created_at)
     SELECT gen_random_uuid()::text, a.scope, a.id, a.starts, a.ends, a.kind, a.threshold, a.budget, a.spent, $2, $3, $3
     FROM jsonb_to_recordset($1::jsonb) AS a (scope text, id text, starts timestamptz, ends timestamptz, kind text,
       threshold integer, budget numeric, spent numeric)
     WHERE NOT EXISTS (SELECT FROM budget_alerts AS b
       WHERE (b.scope, b.id, b.window_start, b.window_end, b.kind, b.budget_usd)
         = (a.scope, a.id, a.starts, a.ends, a.kind, a.budget) AND b.threshold >= a.threshold)
     ORDER BY a.scope, a.id
     ON CONFLICT DO NOTHING`,
    [JSON.stringify(rows), [...channels], now],
  );
}

/**
 * Takes alerts that are to be sent. Until the end of the lease no other process takes them; after a crash one does, so
 * that a receiver may see an alert twice and never not at all.
 */
export async function claimAlerts(
  { manager }: UnitOfWork,
  { now, leaseEnd }: { readonly now: Date; readonly leaseEnd: Date },
): Promise<readonly ClaimedAlert[]> {
  // An UPDATE answers with its rows and their number.
  const [rows] = await manager.query<[ClaimedAlert[], number]>(
    `UPDATE budget_alerts AS a SET next_attempt_at = $2, attempts = a.attempts + 1
     FROM (SELECT alert_id FROM budget_alerts
           WHERE sent_at IS NULL AND next_attempt_at <= $1 AND created_at > $1::timestamptz - interval '${GIVE_UP_AFTER}'
           ORDER BY next_attempt_at LIMIT ${String(MAX_CLAIMED)} FOR UPDATE SKIP LOCKED) AS due
     WHERE a.alert_id = due.alert_id AND a.sent_at IS NULL
     RETURNING a.alert_id AS "alertId", a.scope, a.id, a.kind, a.threshold, a.budget_usd::text AS "budgetUsd",
       a.spent_usd::text AS "spentUsd", ${isoText('a.window_start')} AS "windowStart",
       ${isoText('a.window_end')} AS "windowEnd", ${isoText('a.created_at')} AS "createdAt", a.pending, a.attempts`,
    [now, leaseEnd],
  );
  return rows;
}

/** Stores how an attempt ended; an alert that every channel took is done. */
export async function finishAlert(
  { manager }: UnitOfWork,
  { alertId, pending, nextAttemptAt }: Attempted,
  now: Date,
): Promise<void> {
  await manager.query(
    'UPDATE budget_alerts SET pending = $2, next_attempt_at = $3, sent_at = $4 WHERE alert_id = $1',
    [alertId, [...pending], nextAttemptAt, pending.length === 0 ? now : null],
  );
}

/** `null` where there is none. */
function isoText(column: string): string {
  return `CASE WHEN isfinite(${column}) THEN to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') END`;
}

function instantOf(ms: number): string {
  if (Number.isFinite(ms)) return new Date(ms).toISOString();
  return ms < 0 ? '-infinity' : 'infinity';
}
