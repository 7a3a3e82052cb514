import { DAY_MS } from '#libs/common';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Database } from '#libs/database';
import { SpendRecorder } from '../recording/spend-recorder.js';
import { logDaysStatement, type CubeDayText } from './cube-days.js';
import type { CubeFilter, CubeScope } from './cube-sql.js';
import { SpendCube } from './spend-cube.js';
import {
  conditionOf,
  IS_FIRST_AND_ENDED,
  isSearch,
  requestsStatement,
  searchEndStatement,
  type LogPosition,
  type SpendLogsFilter,
} from './spend-logs-sql.js';
import type { SpendLogRow } from './spend-log.response.js';

/** Some requests, newest first. */
interface SpendLogsBlock {
  readonly rows: readonly SpendLogRow[];
  /** Behind which the next ones are; `null` when there are none. A search may have found fewer than were asked for. */
  readonly next: LogPosition | null;
}

/** One page of requests, newest first. */
export interface SpendLogsPage extends SpendLogsBlock {
  /**
   * Number of requests that match, up to {@link COUNT_LIMIT}. Of a search, those up to the end of the page and one
   * more where there are more.
   */
  readonly total: number;
  /** There may be more than {@link total}. */
  readonly isCapped: boolean;
}

/** Requests are counted up to here, so that a count never reads millions of rows. */
const COUNT_LIMIT = 10_000;

/** Requests of one block of an export. */
const BLOCK = 1_000;

/** More would let a caller fill the memory with days that have not come (threat A15). */
const MAX_EMPTY_DAYS = 366;

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
    const offset = (page - 1) * pageSize;
    return this.database.report(async (manager) => {
      const { rows, next } = await readBlock(manager, filter, pageSize, offset);
      if (isSearch(filter)) {
        const total = offset + rows.length + (next === null ? 0 : 1);
        return { rows, next, total, isCapped: next !== null };
      }
      const { text, values } = conditionOf(filter);
      const counted: { total: number }[] = await manager.query(
        `SELECT count(*)::int AS total FROM (
          SELECT 1 FROM spend_entries e WHERE ${text} AND ${IS_FIRST_AND_ENDED}
          LIMIT $${String(values.length + 1)}) AS matching`,
        [...values, COUNT_LIMIT],
      );
      const total = counted[0]?.total ?? 0;
      return { rows, next, total, isCapped: total === COUNT_LIMIT };
    });
  }

  /**
   * Every request that matches, newest first, in blocks. Each block begins behind the one before, so that it costs the same
   * however far it is.
   * @throws GatehouseError `report_timeout`, `database_unavailable`
   */
  async *all(filter: SpendLogsFilter): AsyncGenerator<readonly SpendLogRow[]> {
    await this.recorder.flushWithin(BOOKING_LIMIT_MS);
    let behind: LogPosition | null | undefined = filter.behind;
    do {
      const from: SpendLogsFilter = { ...filter, behind };
      const block: SpendLogsBlock = await this.database.report((manager) =>
        readBlock(manager, from, BLOCK),
      );
      yield block.rows;
      behind = block.next;
    } while (behind !== null);
  }

  /**
   * What was spent on each day, by user, model and key, in LiteLLM's shape: from the roll-ups, and of one request from its
   * entries. Behind the days with spend there are empty ones up to the last day, a year of them at most, as in LiteLLM.
   * @returns a JSON text for each day; nothing when nothing was spent
   * @throws GatehouseError `request_invalid` when there are too many groups, `report_timeout`, `database_unavailable`
   */
  async summary(filter: SpendLogsFilter, lastDay: string): Promise<string[]> {
    const days = await (filter.requestId === undefined
      ? this.cube.logDays(scopeOf(filter))
      : this.daysOfRequest(filter));
    const latest = days.at(-1)?.day;
    const texts = days.map(({ json }) => `{${json}}`);
    return latest === undefined ? [] : [...texts, ...emptyDays(latest, lastDay)];
  }

  private async daysOfRequest(filter: SpendLogsFilter): Promise<CubeDayText[]> {
    await this.recorder.flushWithin(BOOKING_LIMIT_MS);
    const condition = conditionOf(filter);
    const source = `FROM (SELECT (e.started_at AT TIME ZONE 'UTC')::date AS day, coalesce(e.user_id, '') AS user_id, e.model,
      coalesce(e.key_id, '') AS key_id, e.cost_usd AS spend_usd, 1 AS requests
      FROM spend_entries e WHERE ${condition.text} AND e.state <> 'reserved') AS entries`;
    const { text, values } = logDaysStatement(source, condition.values);
    const rows = await this.database.report((manager) =>
      manager.query<{ [Member in keyof CubeDayText]: string | null }[]>(text, [...values]),
    );
    return rows.flatMap(({ day, json }) => (day === null || json === null ? [] : [{ day, json }]));
  }
}

/** Reads one more than asked for, to know whether there are more. */
async function readBlock(
  manager: EntityManager,
  filter: SpendLogsFilter,
  size: number,
  offset = 0,
): Promise<SpendLogsBlock> {
  const { text, values } = requestsStatement(filter, size + 1, offset);
  const found: SpendLogRow[] = await manager.query(text, [...values]);
  const rows = found.slice(0, size);
  if (found.length > size) return { rows, next: rows.at(-1) ?? null };
  if (!isSearch(filter)) return { rows, next: null };
  const end = searchEndStatement(filter);
  const ends: LogPosition[] = await manager.query(end.text, [...end.values]);
  return { rows, next: ends[0] ?? null };
}

/** Days without spend behind one, up to the last day. */
function emptyDays(latest: string, lastDay: string): string[] {
  const start = Date.parse(latest);
  const count = Math.min((Date.parse(lastDay) - start) / DAY_MS, MAX_EMPTY_DAYS);
  return Array.from({ length: Math.max(0, count) }, (_, index) => {
    const startTime = dayOf(new Date(start + (index + 1) * DAY_MS));
    return JSON.stringify({ startTime, spend: 0, users: {}, models: {} });
  });
}

function dayOf(instant: Date): string {
  return instant.toISOString().slice(0, 10);
}

function scopeOf({ from, until, model, ...filter }: SpendLogsFilter): CubeScope {
  return {
    filter: cubeFilterOf(filter),
    ...(model === undefined ? {} : { anyModel: model }),
    ...(from === undefined ? {} : { from: dayOf(from) }),
    ...(until === undefined ? {} : { to: dayOf(new Date(until.getTime() - 1)) }),
  };
}

function cubeFilterOf(filter: SpendLogsFilter): CubeFilter {
  const { keyId, userId, teamId, organizationIds, endUserId } = filter;
  const key = filter.keyIds ?? (keyId === undefined ? undefined : [keyId]);
  return {
    ...(key === undefined ? {} : { key }),
    ...(userId === undefined ? {} : { user: [userId] }),
    ...(teamId === undefined ? {} : { team: [teamId] }),
    ...(organizationIds === undefined ? {} : { organization: organizationIds }),
    ...(endUserId === undefined ? {} : { end_user: [endUserId] }),
  };
}
