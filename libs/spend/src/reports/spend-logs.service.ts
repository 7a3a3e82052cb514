import { Injectable } from '@nestjs/common';
import { Database } from '#libs/database';
import { SpendRecorder } from '../recording/spend-recorder.js';
import type { CubeFilter } from './cube-sql.js';
import { SpendCube } from './spend-cube.js';
import {
  conditionOf,
  IS_FIRST_AND_ENDED,
  looksAtSums,
  selectRequests,
  type SpendLogsFilter,
} from './spend-logs-sql.js';
import type { SpendDayRow, SpendLogRow } from './spend-log.response.js';

/** One page of requests, newest first. */
export interface SpendLogsPage {
  readonly rows: readonly SpendLogRow[];
  /**
   * Number of requests that match, up to {@link COUNT_LIMIT}. With a filter on sums, those up to the end of the page and one
   * more where there are more.
   */
  readonly total: number;
  /** There are more than on this page. */
  readonly hasMore: boolean;
  /** There are more than {@link total}. */
  readonly isCapped: boolean;
}

/** Requests are counted up to here, so that a count never reads millions of rows. */
const COUNT_LIMIT = 10_000;

/** Requests of one block of an export. */
const BLOCK = 1_000;

/** Time that a report waits for calls that have just ended; after it the report omits them. */
const BOOKING_LIMIT_MS = 5_000;

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
        [...values, pageSize + 1, (page - 1) * pageSize],
      );
      const shown = rows.slice(0, pageSize);
      const hasMore = rows.length > pageSize;
      if (looksAtSums(filter)) {
        return {
          rows: shown,
          hasMore,
          total: (page - 1) * pageSize + rows.length,
          isCapped: hasMore,
        };
      }
      const counted: { total: number }[] = await manager.query(
        `SELECT count(*)::int AS total FROM (
          SELECT 1 FROM spend_entries e WHERE ${text} AND ${IS_FIRST_AND_ENDED}
          LIMIT $${String(next)}) AS matching`,
        [...values, COUNT_LIMIT],
      );
      const total = counted[0]?.total ?? 0;
      return { rows: shown, hasMore, total, isCapped: total === COUNT_LIMIT };
    });
  }

  /**
   * Every request that matches, newest first, in blocks. Each block begins behind the one before, so that it costs the same
   * however far it is.
   * @throws GatehouseError `report_timeout`, `database_unavailable`
   */
  async *all(filter: SpendLogsFilter): AsyncGenerator<readonly SpendLogRow[]> {
    await this.recorder.flushWithin(BOOKING_LIMIT_MS);
    for (let behind = filter.behind; ;) {
      const { text, values } = conditionOf(behind === undefined ? filter : { ...filter, behind });
      const rows = await this.database.report((manager) =>
        manager.query<SpendLogRow[]>(
          `${selectRequests(text)} ORDER BY e.started_at DESC, e.request_id DESC LIMIT $${String(values.length + 1)}`,
          [...values, BLOCK],
        ),
      );
      yield rows;
      behind = rows.at(-1);
      if (behind === undefined || rows.length < BLOCK) return;
    }
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
