/** Where a request stands in the order of the log. */
export interface LogPosition {
  readonly startedAt: Date;
  readonly requestId: string;
}

/** The requests of a report. Absent members do not restrict. */
export interface SpendLogsFilter {
  readonly requestId?: string;
  readonly keyId?: string;
  readonly userId?: string;
  readonly teamId?: string;
  readonly endUserId?: string;
  /** Model group, or model at the upstream. */
  readonly model?: string;
  /** First instant. */
  readonly from?: Date;
  /** First instant that is no longer part of it. */
  readonly until?: Date;
  /** How the last attempt ended. */
  readonly status?: 'success' | 'failure';
  /** Smallest and largest cost in US dollars, as decimals. */
  readonly minSpend?: string;
  readonly maxSpend?: string;
  /** Only requests that stand behind this one, which are older. */
  readonly behind?: LogPosition;
}

/** Attempts of one request begin within this of the first; keeps the search in one or two partitions. */
const ATTEMPTS_WITHIN = `interval '1 day'`;

interface Condition {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** A request stands where its first attempt does, and is shown once none of its attempts is open. */
export const IS_FIRST_AND_ENDED = `e.state <> 'reserved' AND NOT EXISTS (
    SELECT 1 FROM spend_entries o
    WHERE o.request_id = e.request_id
      AND o.started_at BETWEEN e.started_at - ${ATTEMPTS_WITHIN} AND e.started_at + ${ATTEMPTS_WITHIN}
      AND (o.attempt < e.attempt OR o.state = 'reserved'))`;

/** Selects requests that match a condition, each with the sums of its attempts (`a`). */
export function selectRequests(condition: string): string {
  return `SELECT e.request_id AS "requestId", e.client_request_id AS "clientRequestId",
      e.decision_id AS "decisionId", e.call_type AS "callType", e.model_group AS "modelGroup",
      e.client, e.tags, e.issuer, e.subject, e.key_id AS "keyId", e.user_id AS "userId", e.team_id AS "teamId",
      e.org_id AS "orgId", e.end_user_id AS "endUserId", e.started_at AS "startedAt", a.*
    FROM spend_entries e CROSS JOIN LATERAL (
      SELECT (array_agg(t.model ORDER BY t.attempt DESC))[1] AS model,
        (array_agg(t.provider ORDER BY t.attempt DESC))[1] AS provider,
        (array_agg(t.deployment_id ORDER BY t.attempt DESC))[1] AS "deploymentId",
        (array_agg(t.upstream_status ORDER BY t.attempt DESC))[1] AS "upstreamStatus",
        (array_agg(coalesce(t.is_success, false) ORDER BY t.attempt DESC))[1] AS "isSuccess",
        sum(t.input_tokens)::text AS "inputTokens",
        sum(t.cached_input_tokens)::text AS "cachedInputTokens",
        sum(t.output_tokens)::text AS "outputTokens",
        sum(t.cost_usd)::numeric(38,12)::text AS cost,
        json_agg(json_build_object(
          'inputTokens', t.input_tokens, 'cachedInputTokens', t.cached_input_tokens,
          'outputTokens', t.output_tokens, 'details', t.usage_details, 'basis', t.cost_breakdown)
          ORDER BY t.attempt) FILTER (WHERE t.cost_breakdown IS NOT NULL) AS "pricedAttempts",
        CASE WHEN bool_or(t.state = 'estimated') THEN 'estimated' ELSE 'settled' END AS state,
        CASE WHEN bool_or(t.usage_source = 'estimate') THEN 'estimate'
             WHEN bool_or(t.usage_source = 'provider') THEN 'provider'
             ELSE 'none' END AS "usageSource",
        bool_and(t.is_priced) AS "isPriced", bool_or(t.is_suspect) AS "isSuspect",
        count(*)::int AS attempts,
        max(t.settled_at) AS "settledAt"
      FROM spend_entries t
      WHERE t.request_id = e.request_id
        AND t.started_at BETWEEN e.started_at AND e.started_at + ${ATTEMPTS_WITHIN}
    ) AS a
    WHERE ${condition} AND ${IS_FIRST_AND_ENDED}`;
}

/** Whether a filter looks at what the attempts of a request add up to, so that matches cannot be counted cheaply. */
export function looksAtSums({ status, minSpend, maxSpend }: SpendLogsFilter): boolean {
  return status !== undefined || minSpend !== undefined || maxSpend !== undefined;
}

/** The condition of a filter; `e` is the first attempt. */
export function conditionOf(filter: SpendLogsFilter): Condition {
  const { requestId, keyId, userId, teamId, endUserId, model, from, until } = filter;
  const { status, minSpend, maxSpend, behind } = filter;
  const terms: (readonly [sql: (parameter: string) => string, value: unknown])[] = [
    [(parameter) => `e.request_id = ${parameter}`, requestId],
    [(parameter) => `e.key_id = ${parameter}`, keyId],
    [(parameter) => `e.user_id = ${parameter}`, userId],
    [(parameter) => `e.team_id = ${parameter}`, teamId],
    [(parameter) => `e.end_user_id = ${parameter}`, endUserId],
    [(parameter) => `(e.model_group = ${parameter} OR e.model = ${parameter})`, model],
    [(parameter) => `e.started_at >= ${parameter}::timestamptz`, from?.toISOString()],
    [(parameter) => `e.started_at < ${parameter}::timestamptz`, until?.toISOString()],
    [(parameter) => `e.started_at <= ${parameter}::timestamptz`, behind?.startedAt.toISOString()],
    [isBehind, behind === undefined ? undefined : positionText(behind)],
    [(parameter) => `a."isSuccess" = ${parameter}::bool`, isSuccessOf(status)],
    [(parameter) => `a.cost::numeric >= ${parameter}::numeric`, minSpend],
    [(parameter) => `a.cost::numeric <= ${parameter}::numeric`, maxSpend],
  ];
  const used = terms.filter(([, value]) => value !== undefined);
  return {
    text: used.map(([sql], index) => sql(`$${String(index + 1)}`)).join(' AND ') || 'true',
    values: used.map(([, value]) => value),
  };
}

/** One parameter for both parts: the instant has a fixed length. */
function isBehind(parameter: string): string {
  return `(e.started_at, e.request_id) < (left(${parameter}::text, 24)::timestamptz, substr(${parameter}::text, 25))`;
}

function positionText({ startedAt, requestId }: LogPosition): string {
  return `${startedAt.toISOString()}${requestId}`;
}

function isSuccessOf(status: SpendLogsFilter['status']): boolean | undefined {
  return status === undefined ? undefined : status === 'success';
}
