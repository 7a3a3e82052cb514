/** Where a request stands in the order of the log. */
export interface LogPosition {
  readonly startedAt: Date;
  readonly requestId: string;
}

/** The requests of a report. Absent members do not restrict. */
export interface SpendLogsFilter {
  readonly requestId?: string | undefined;
  readonly keyId?: string | undefined;
  /** One of these virtual keys. */
  readonly keyIds?: readonly string[] | undefined;
  /** Alias of a virtual key. */
  readonly keyAlias?: string | undefined;
  readonly userId?: string | undefined;
  readonly teamId?: string | undefined;
  /** One of these organisations. */
  readonly organizationIds?: readonly string[] | undefined;
  readonly endUserId?: string | undefined;
  /** The session that clients state. */
  readonly sessionId?: string | undefined;
  /** Model group, or model at the upstream. */
  readonly model?: string | undefined;
  /** First instant. */
  readonly from?: Date | undefined;
  /** First instant that is no longer part of it. */
  readonly until?: Date | undefined;
  /** How the last attempt ended. */
  readonly status?: 'success' | 'failure' | undefined;
  /** Smallest and largest cost in US dollars, as decimals. */
  readonly minSpend?: string | undefined;
  readonly maxSpend?: string | undefined;
  /** Only requests that stand behind this one, which are older. */
  readonly behind?: LogPosition | undefined;
}

/** Attempts of one request begin within this of the first; keeps the search in one or two partitions. */
const ATTEMPTS_WITHIN = `interval '1 day'`;

/** A request stands where its first attempt does, and is shown once none of its attempts is open. */
export const IS_FIRST_AND_ENDED = `e.state <> 'reserved' AND NOT EXISTS (
    SELECT 1 FROM spend_entries o
    WHERE o.request_id = e.request_id
      AND o.started_at BETWEEN e.started_at - ${ATTEMPTS_WITHIN} AND e.started_at + ${ATTEMPTS_WITHIN}
      AND (o.attempt < e.attempt OR o.state = 'reserved'))`;

/**
 * Entries that one statement looks through for a filter that no index has: a model, a status or an amount. A rare one is found
 * page by page, in place of a statement that reads every entry.
 */
const SEARCHED = 10_000;

const NEWEST_FIRST = 'ORDER BY e.started_at DESC, e.request_id DESC';

/** A statement with its values. */
interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * Selects the requests that match a filter, newest first, each with the sums of its attempts (`a`) and the aliases of its key and
 * team, which are other libraries' rows: read here, because a page is one statement.
 * @param limit requests at most
 * @param offset requests that are passed over
 */
export function requestsStatement(filter: SpendLogsFilter, limit: number, offset = 0): Statement {
  const { text, values } = conditionOf(indexedPart(filter));
  const searched = conditionOf(searchedPart(filter), values.length);
  const next = values.length + searched.values.length + 1;
  const entries = isSearch(filter)
    ? `(SELECT * FROM spend_entries e WHERE ${text} ${NEWEST_FIRST} LIMIT ${String(SEARCHED)})`
    : 'spend_entries';
  return {
    text: `SELECT ${REQUEST_COLUMNS}
    FROM ${entries} AS e CROSS JOIN LATERAL (${ATTEMPTS}) AS a
    WHERE ${isSearch(filter) ? searched.text : text} AND ${IS_FIRST_AND_ENDED}
    ${NEWEST_FIRST} LIMIT $${String(next)} OFFSET $${String(next + 1)}`,
    values: [...values, ...searched.values, limit, offset],
  };
}

/** Finds the last entry that a search looked at; nothing when it has seen all of them. */
export function searchEndStatement(filter: SpendLogsFilter): Statement {
  const { text, values } = conditionOf(indexedPart(filter));
  return {
    text: `SELECT e.started_at AS "startedAt", e.request_id AS "requestId" FROM spend_entries e
      WHERE ${text} ${NEWEST_FIRST} LIMIT 1 OFFSET ${String(SEARCHED - 1)}`,
    values,
  };
}

const REQUEST_COLUMNS = `e.request_id AS "requestId", e.client_request_id AS "clientRequestId",
      e.decision_id AS "decisionId", e.call_type AS "callType", e.model_group AS "modelGroup",
      e.client, e.session_id AS "sessionId", e.tags, e.issuer, e.subject, e.key_id AS "keyId", e.user_id AS "userId", e.team_id AS "teamId",
      e.org_id AS "orgId", e.end_user_id AS "endUserId", e.started_at AS "startedAt",
      (SELECT k.key_alias FROM virtual_keys k WHERE k.token = e.key_id) AS "keyAlias",
      (SELECT g.team_alias FROM teams g WHERE g.team_id = e.team_id) AS "teamAlias", a.*`;

const ATTEMPTS = `
      SELECT (array_agg(t.model ORDER BY t.attempt DESC))[1] AS model,
        (array_agg(t.provider ORDER BY t.attempt DESC))[1] AS provider,
        (array_agg(t.deployment_id ORDER BY t.attempt DESC))[1] AS "deploymentId",
        (array_agg(t.upstream_status ORDER BY t.attempt DESC))[1] AS "upstreamStatus",
        (array_agg(coalesce(t.is_success, false) ORDER BY t.attempt DESC))[1] AS "isSuccess",
        sum(t.input_tokens)::text AS "inputTokens",
        sum(t.cached_input_tokens)::text AS "cachedInputTokens",
        sum(t.output_tokens)::text AS "outputTokens",
        sum(t.cost_usd)::numeric(38,12)::text AS cost,
        json_agg(t.usage_details) FILTER (WHERE t.usage_details IS NOT NULL) AS "usageDetails",
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
        AND t.started_at BETWEEN e.started_at AND e.started_at + ${ATTEMPTS_WITHIN}`;

/** Whether a filter has a part that no index has, so that matches cannot be counted cheaply. */
export function isSearch(filter: SpendLogsFilter): boolean {
  return Object.values(searchedPart(filter)).some((value) => value !== undefined);
}

function searchedPart({ model, status, minSpend, maxSpend }: SpendLogsFilter): SpendLogsFilter {
  return { model, status, minSpend, maxSpend };
}

function indexedPart(filter: SpendLogsFilter): SpendLogsFilter {
  return {
    ...filter,
    model: undefined,
    status: undefined,
    minSpend: undefined,
    maxSpend: undefined,
  };
}

/**
 * The condition of a filter; `e` is the first attempt.
 * @param before parameters that the statement has already
 */
export function conditionOf(filter: SpendLogsFilter, before = 0): Statement {
  const { requestId, keyId, keyIds, keyAlias, userId, teamId, organizationIds } = filter;
  const { endUserId, sessionId, model, from, until, status, minSpend, maxSpend, behind } = filter;
  const terms: (readonly [sql: (parameter: string) => string, value: unknown])[] = [
    [(parameter) => `e.request_id = ${parameter}`, requestId],
    [(parameter) => `e.key_id = ${parameter}`, keyId],
    [(parameter) => `e.key_id = ANY (${parameter}::text[])`, keyIds],
    [(p) => `e.key_id = (SELECT k.token FROM virtual_keys k WHERE k.key_alias = ${p})`, keyAlias],
    [(parameter) => `e.user_id = ${parameter}`, userId],
    [(parameter) => `e.team_id = ${parameter}`, teamId],
    [(parameter) => `e.org_id = ANY (${parameter}::text[])`, organizationIds],
    [(parameter) => `e.end_user_id = ${parameter}`, endUserId],
    [(parameter) => `e.session_id = ${parameter}`, sessionId],
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
    text: used.map(([sql], index) => sql(`$${String(before + index + 1)}`)).join(' AND ') || 'true',
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
