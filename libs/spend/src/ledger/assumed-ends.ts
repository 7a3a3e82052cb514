import type { SweepReason } from './assumed-ends-sql.js';

/** An entry whose end the sweeper assumed. */
interface AssumedEnd {
  readonly requestId: string;
  readonly attempt: number;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly model: string;
  readonly deploymentId: string;
  /** US dollars with twelve places. */
  readonly costUsd: string;
  /** US dollars that were held. */
  readonly reservedUsd: string;
  /** `null` for a sweep of an earlier version. */
  readonly reason: SweepReason | null;
  /**
   * What is booked: the output that was relayed, with the input; the input with a modest output; or what was held, where
   * an earlier version recorded the call.
   */
  readonly basis: 'relayed' | 'input' | 'held';
  /** Estimate of the relayed output; `null` where none was noted. */
  readonly relayedTokens: number | null;
}

/** Calls whose end never became known. */
export interface AssumedEnds {
  /** All of them. */
  readonly count: number;
  /** The latest 100. */
  readonly entries: readonly AssumedEnd[];
}

/** Reads {@link AssumedEnds}, one row. */
export const ASSUMED_ENDS = `
  WITH latest AS (
    SELECT * FROM spend_entries WHERE is_swept
    ORDER BY started_at DESC, request_id, attempt LIMIT 100)
  SELECT (SELECT count(*)::int FROM spend_entries WHERE is_swept) AS count,
    (SELECT coalesce(json_agg(json_build_object(
        'requestId', request_id, 'attempt', attempt,
        'startedAt', to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        'model', model, 'deploymentId', deployment_id,
        'costUsd', cost_usd::numeric(38,12)::text,
        'reservedUsd', reserved_usd::numeric(38,12)::text,
        'reason', sweep_reason,
        'basis', CASE WHEN relayed_tokens IS NOT NULL THEN 'relayed'
          WHEN expected_usd IS NULL THEN 'held' ELSE 'input' END,
        'relayedTokens', relayed_tokens) ORDER BY started_at DESC, request_id, attempt), '[]')
      FROM latest) AS entries`;
