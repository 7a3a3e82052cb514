import { Injectable } from '@nestjs/common';
import { Database } from '#libs/database';
import { SpendRecorder } from '../recording/spend-recorder.js';
import { SpendCube, type CubeFilter } from './spend-cube.js';
import type { SpendDayRow, SpendLogRow } from './spend-log.response.js';

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
}

/** One page of requests, newest first. */
export interface SpendLogsPage {
  readonly rows: readonly SpendLogRow[];
  /** Number of requests that match, up to {@link COUNT_LIMIT}. */
  readonly total: number;
}

/** Requests are counted up to here, so that a count never reads millions of rows. */
export const COUNT_LIMIT = 100_000;

/** Time that a report waits for calls that have just ended; after it the report omits them. */
const BOOKING_LIMIT_MS = 5_000;

/** Attempts of one request begin within this of the first; keeps the search in one or two partitions. */
const ATTEMPTS_WITHIN = `interval '1 day'`;

interface Condition {
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * Reads the ledger for reports. What this process has recorded is booked first; when that takes longer than
 * five seconds or fails, what is there is shown, with a warning in the log.
 */
@Injectable()
export class SpendLogsService {
  constructor(
    private readonly database: Database,
    private readonly recorder: SpendRecorder,
    private readonly cube: SpendCube,
  ) {}

  /**
   * Requests that have ended, newest first.
   * @param page from 1
   * @param pageSize requests on a page
   * @throws GatehouseError `report_timeout`, `database_unavailable`
   */
  async list(filter: SpendLogsFilter, page: number, pageSize: number): Promise<SpendLogsPage> {
    await this.recorder.flushWithin(BOOKING_LIMIT_MS);
    const { text, values } = conditionOf(filter);
    const next = values.length + 1;
    return this.database.report(async (manager) => {
      const rows: SpendLogRow[] = await manager.query(
        `${selectRequests(text)} ORDER BY e.started_at DESC, e.request_id DESC
          LIMIT $${String(next)} OFFSET $${String(next + 1)}`,
        [...values, pageSize, (page - 1) * pageSize],
      );
      const counted: { total: number }[] = await manager.query(
        `SELECT count(*)::int AS total FROM (
          SELECT 1 FROM spend_entries e WHERE ${text} AND ${IS_FIRST_AND_ENDED}
          LIMIT $${String(next)}) AS matching`,
        [...values, COUNT_LIMIT],
      );
      return { rows, total: counted[0]?.total ?? 0 };
    });
  }

  /**
   * What was spent on each day, by user, model and key: from the roll-ups, and of one request from its entries.
   * @throws GatehouseError `report_timeout`, `database_unavailable`
   */
  async sumByDay(filter: SpendLogsFilter): Promise<SpendDayRow[]> {
    if (filter.requestId !== undefined) return this.sumOfRequest(filter);
    const { model } = filter;
    const rows = await this.cube.sums({
      groupBy: ['day', 'user', 'model', 'key', 'model_group'],
      filter: cubeFilterOf(filter),
      ...(filter.from === undefined ? {} : { from: dayOf(filter.from) }),
      ...(filter.until === undefined ? {} : { to: dayOf(new Date(filter.until.getTime() - 1)) }),
    });
    return rows.flatMap(({ values, spend }) => {
      const [day = '', userId = '', modelOfRow = '', keyId = '', group] = values;
      if (model !== undefined && model !== modelOfRow && model !== group) return [];
      return [
        {
          day,
          userId: userId === '' ? null : userId,
          model: modelOfRow,
          keyId: keyId === '' ? null : keyId,
          cost: spend,
        },
      ];
    });
  }

  private async sumOfRequest(filter: SpendLogsFilter): Promise<SpendDayRow[]> {
    await this.recorder.flushWithin(BOOKING_LIMIT_MS);
    const { text, values } = conditionOf(filter);
    return this.database.report((manager) =>
      manager.query<SpendDayRow[]>(
        `SELECT (e.started_at AT TIME ZONE 'UTC')::date::text AS day, e.user_id AS "userId", e.model,
          e.key_id AS "keyId", sum(e.cost_usd)::text AS cost
        FROM spend_entries e WHERE ${text} AND e.state <> 'reserved'
        GROUP BY day, e.user_id, e.model, e.key_id ORDER BY day`,
        [...values],
      ),
    );
  }
}

function dayOf(instant: Date): string {
  return instant.toISOString().slice(0, 10);
}

function cubeFilterOf({ keyId, userId, teamId, endUserId }: SpendLogsFilter): CubeFilter {
  return {
    ...(keyId === undefined ? {} : { key: [keyId] }),
    ...(userId === undefined ? {} : { user: [userId] }),
    ...(teamId === undefined ? {} : { team: [teamId] }),
    ...(endUserId === undefined ? {} : { end_user: [endUserId] }),
  };
}

/** A request stands where its first attempt does, and is shown once none of its attempts is open. */
const IS_FIRST_AND_ENDED = `e.state <> 'reserved' AND NOT EXISTS (
    SELECT 1 FROM spend_entries o
    WHERE o.request_id = e.request_id
      AND o.started_at BETWEEN e.started_at - ${ATTEMPTS_WITHIN} AND e.started_at + ${ATTEMPTS_WITHIN}
      AND (o.attempt < e.attempt OR o.state = 'reserved'))`;

function selectRequests(condition: string): string {
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

function conditionOf(filter: SpendLogsFilter): Condition {
  const { requestId, keyId, userId, teamId, endUserId, model, from, until } = filter;
  const terms: (readonly [sql: (parameter: string) => string, value: unknown])[] = [
    [(parameter) => `e.request_id = ${parameter}`, requestId],
    [(parameter) => `e.key_id = ${parameter}`, keyId],
    [(parameter) => `e.user_id = ${parameter}`, userId],
    [(parameter) => `e.team_id = ${parameter}`, teamId],
    [(parameter) => `e.end_user_id = ${parameter}`, endUserId],
    [(parameter) => `(e.model_group = ${parameter} OR e.model = ${parameter})`, model],
    [(parameter) => `e.started_at >= ${parameter}::timestamptz`, from?.toISOString()],
    [(parameter) => `e.started_at < ${parameter}::timestamptz`, until?.toISOString()],
  ];
  const used = terms.filter(([, value]) => value !== undefined);
  return {
    text: used.map(([sql], index) => sql(`$${String(index + 1)}`)).join(' AND ') || 'true',
    values: used.map(([, value]) => value),
  };
}
