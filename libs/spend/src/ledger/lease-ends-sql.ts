import type { Statement } from './ledger-sql.js';

const hasLeases = (holder: string): string =>
  `EXISTS (SELECT FROM budget_leases l WHERE l.holder = ${holder}.holder AND l.amount_usd <> 0)`;
const hasCalls = (holder: string): string =>
  `EXISTS (SELECT FROM spend_entries e WHERE e.process_id = ${holder}.holder AND e.state = 'reserved')`;
const isPool = (holder: string): string => `starts_with(${holder}.holder, 'redis:')`;

/**
 * A process whose time is up and that has leases or open calls. A pool ends after that: a report about it that began in time
 * may still be under way, because a statement takes five seconds at most. What a process has taken out of it counts until the
 * process is heard of after the end of the pool, or its calls are booked.
 */
const IS_OVER = `h.expires_at <= clock_timestamp() AND CASE WHEN ${isPool('h')}
  THEN h.expires_at <= clock_timestamp() - interval '6 seconds' AND ${hasLeases('h')}
    AND NOT EXISTS (SELECT FROM budget_holders p WHERE NOT ${isPool('p')} AND p.renewed_at < h.expires_at
      AND (${hasLeases('p')} OR ${hasCalls('p')}))
  ELSE ${hasLeases('h')} OR ${hasCalls('h')} END`;

/** Finds the processes and pools whose leases are over, the pools last. */
export function findOver(): Statement {
  return {
    text: `SELECT h.holder FROM budget_holders h WHERE ${IS_OVER} ORDER BY ${isPool('h')}, h.holder`,
    values: [],
  };
}

/**
 * Locks a process whose leases are over. Finds nothing when it has been heard of since, or when another process is ending it:
 * a renewal locks the same row.
 */
export function lockOver(holder: string): Statement {
  return {
    text: `SELECT h.holder FROM budget_holders h WHERE h.holder = $1 AND ${IS_OVER} FOR UPDATE SKIP LOCKED`,
    values: [holder],
  };
}

/**
 * Shows that a process lives, for some seconds from now. Its leases are not renewed for itself: it learns of that from a
 * request for leases alone.
 */
export function renewProcess(processId: string, seconds: number): Statement {
  return {
    text: `INSERT INTO budget_holders AS h (holder, expires_at, renewed_at)
      VALUES ($1, clock_timestamp() + $2::numeric * interval '1 second', clock_timestamp())
      ON CONFLICT (holder) DO UPDATE SET renewed_at = EXCLUDED.renewed_at,
        expires_at = greatest(h.expires_at, EXCLUDED.expires_at)`,
    values: [processId, seconds],
  };
}

/** Ends the leases of a process. Their windows are locked. What was left of them is kept for the process, should it live. */
export function endLeases(holder: string): Statement {
  return {
    text: `UPDATE budget_leases SET lost_usd = lost_usd + amount_usd, amount_usd = 0
      WHERE holder = $1 AND amount_usd <> 0`,
    values: [holder],
  };
}
