import type { Progress } from './entry-batch.js';
import {
  ADDED,
  GROWN,
  IS_OPEN,
  KEY,
  RETURNED,
  bounds,
  placeholder,
  refColumns,
  unnest,
  type Column,
  type Statement,
} from './ledger-sql.js';

const PROGRESS_COLUMNS: readonly Column<Progress>[] = [
  ...refColumns<Progress>(({ ref }) => ref),
  ['relayed_tokens', 'int8', ({ progress }) => progress.outputTokens],
  ['expected_usd', 'numeric', ({ progress }) => progress.expectedPico],
];

/**
 * Notes what open entries have relayed so far, which a sweep books, and returns the entries that a sweep has booked already,
 * with the amounts by which they change. Doing it again changes nothing, and an earlier progress never replaces a later one.
 * @param progress at least one
 */
export function noteProgress(progress: readonly Progress[]): Statement {
  const { source, values } = unnest(PROGRESS_COLUMNS, progress);
  const [from, to] = bounds(progress.map(({ ref }) => ref));
  return {
    text: `WITH i AS (SELECT * FROM ${source}),
      open AS (
        SELECT e.started_at, e.request_id, e.attempt, e.cost_usd, e.state, e.is_success,
          e.input_tokens, e.cached_input_tokens, e.output_tokens, e.usage_details
        FROM spend_entries e JOIN i USING (started_at, request_id, attempt)
        WHERE ${IS_OPEN} AND coalesce(e.relayed_tokens, -1) < i.relayed_tokens
          AND e.started_at BETWEEN ${placeholder(values, 1)} AND ${placeholder(values, 2)}
        ORDER BY e.started_at, e.request_id, e.attempt FOR UPDATE OF e),
      noted AS (
        UPDATE spend_entries e SET relayed_tokens = i.relayed_tokens, expected_usd = i.expected_usd,
          cost_usd = CASE WHEN e.is_swept THEN i.expected_usd ELSE e.cost_usd END,
          output_tokens = CASE WHEN e.is_swept THEN i.relayed_tokens ELSE e.output_tokens END
        FROM i JOIN open USING (started_at, request_id, attempt)
        WHERE ${KEY} = (i.started_at, i.request_id, i.attempt)
          AND e.started_at BETWEEN ${placeholder(values, 1)} AND ${placeholder(values, 2)}
        RETURNING ${RETURNED}, ${GROWN}, (e.cost_usd - open.cost_usd)::text AS spend,
          '0' AS reserved, e.is_swept)
      SELECT * FROM noted WHERE is_swept`,
    values: [...values, from, to],
  };
}

/**
 * Why the end of a call is assumed: its process has ended, its process was not heard of until its lease was over, or no end
 * came for longer than a call can take.
 */
export type SweepReason = 'process_ended' | 'lease_ended' | 'end_missing';

/** The open entries of one process, or those of any that began before an instant. */
export type OpenEntries =
  | { readonly processId: string; readonly reason: Exclude<SweepReason, 'end_missing'> }
  | { readonly startedBefore: Date };

/**
 * Assumes the end of open entries. One that relayed output costs what that came to; another costs the expected amount, at most
 * the reserved one. An entry of an earlier version has no expected amount and costs the reserved one.
 * @param endedAt the instant of the assumption
 * @param most how many at most
 */
export function sweepEntries(which: OpenEntries, endedAt: Date, most: number): Statement {
  const [condition, value, reason]: [string, string, SweepReason] =
    'processId' in which
      ? ['process_id = $1', which.processId, which.reason]
      : ['started_at < $1', which.startedBefore.toISOString(), 'end_missing'];
  return {
    text: `WITH open AS (
        SELECT started_at, request_id, attempt FROM spend_entries
        WHERE state = 'reserved' AND ${condition}
        ORDER BY started_at, request_id, attempt LIMIT $3 FOR UPDATE)
      UPDATE spend_entries e SET state = 'estimated', usage_source = 'estimate', is_swept = true,
        sweep_reason = $4, settled_at = $2, input_tokens = e.expected_input_tokens,
        output_tokens = coalesce(e.relayed_tokens, e.expected_output_tokens),
        cost_usd = CASE WHEN e.relayed_tokens IS NULL THEN least(e.expected_usd, e.reserved_usd)
          ELSE e.expected_usd END
      FROM open WHERE ${KEY} = (open.started_at, open.request_id, open.attempt)
      RETURNING ${RETURNED}, ${ADDED}, e.cost_usd::text AS spend, (-e.reserved_usd)::text AS reserved`,
    values: [value, endedAt.toISOString(), most, reason],
  };
}
