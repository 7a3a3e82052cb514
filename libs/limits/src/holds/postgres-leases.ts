import { Injectable } from '@nestjs/common';
import { parseUsd, type PicoUsd } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { ChangeFeed, Database } from '#libs/database';
import { SpendRecorder } from '#libs/spend';
import {
  amountOf,
  answerOf,
  askOf,
  factsOf,
  keyOf,
  moveOf,
  type FactsRow,
  type PooledRow,
  type TakenRow,
} from './lease-rows.js';
import {
  LeaseSource,
  counterOf,
  type LeaseAnswers,
  type LeaseAsk,
  type LeaseFacts,
  type LeaseRequest,
} from './lease-source.js';
import type { BudgetWindow } from './money-claims.js';
import type { PoolMove } from './pool-moves.js';

/** What a request for leases says about a pool. */
export interface PoolRequest {
  /** The pool that is used now; `null` for none. */
  readonly name: string | null;
  /** Whether this process has made it, so that the database may not know it. */
  readonly isNew: boolean;
  readonly moves: readonly PoolMove[];
  /** Windows of which the pool leases what it wants, or what is left. */
  readonly fills: readonly LeaseAsk[];
}

/** The answer about a pool. */
export interface PoolAnswer {
  /** Numbers of moves out of pools whose time was up. */
  readonly lost: readonly number[];
  /** In the order of the fills; empty when the pool cannot be used. */
  readonly filledPico: readonly PicoUsd[];
  /** Until when the pool counts as leased, on the monotonic clock; `null` when it cannot be used. */
  readonly untilMs: number | null;
}

const TAKE = 'SELECT gatehouse_take_leases($1, $2, $3::jsonb) AS taken';
const TAKE_POOLED = 'SELECT gatehouse_take_pooled($1, $2, $3::jsonb, $4::jsonb) AS taken';
const MOVE = 'SELECT gatehouse_move_pools($1, $2::jsonb) AS lost';
const LEAVE = 'SELECT gatehouse_leave_pools($1, $2::jsonb, $3::text[]) AS left';

/** Names a database beyond its address: several may share a Redis. */
const PLACE = `SELECT d.oid || '-' || c.system_identifier AS place
  FROM pg_database d, pg_control_system() c WHERE d.datname = current_database()`;

/** No process books against leases of pools that have ended. */
const FORGET = `
  WITH ended AS (SELECT h.holder FROM budget_holders h
    WHERE starts_with(h.holder, 'redis:') AND h.expires_at < clock_timestamp() - interval '1 minute'
      AND NOT EXISTS (SELECT FROM budget_leases l WHERE l.holder = h.holder AND l.amount_usd <> 0)),
  gone AS (DELETE FROM budget_leases l USING ended e WHERE l.holder = e.holder)
  DELETE FROM budget_holders h USING ended e WHERE h.holder = e.holder`;

/** What covers calls that could not be booked ends with its time, when they are. */
const END = `
  WITH ended AS (SELECT h.holder FROM budget_holders h WHERE h.holder = $1
    AND NOT EXISTS (SELECT FROM spend_entries e WHERE e.process_id = h.holder AND e.state = 'reserved')),
  gone AS (DELETE FROM budget_leases l USING ended e WHERE l.holder = e.holder)
  DELETE FROM budget_holders h USING ended e WHERE h.holder = e.holder`;

/** What this process has lost is still in its accounts until its next request. */
const LOOK = `
  SELECT coalesce(w.spent_usd, gatehouse_window_spend(a.scope, a.id, a.window_start, a.window_end))::text AS spent,
    l.own::text AS own, l.others::text AS others
  FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[])
    WITH ORDINALITY AS a (scope, id, window_start, window_end, place)
  LEFT JOIN budget_windows w USING (scope, id, window_start, window_end)
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(l.amount_usd + l.lost_usd) FILTER (WHERE l.holder = $5), 0) AS own,
      coalesce(sum(greatest(l.amount_usd, 0)) FILTER (WHERE l.holder <> $5), 0) AS others
    FROM budget_leases l
    WHERE (l.scope, l.id, l.window_start, l.window_end) = (a.scope, a.id, a.window_start, a.window_end)
  ) AS l ORDER BY a.place`;

/** Leases in the database of the gateway, whether a server or embedded. The holder is the process of the journal. */
@Injectable()
export class PostgresLeases extends LeaseSource {
  override readonly retryMs = 20;

  constructor(
    private readonly database: Database,
    private readonly feed: ChangeFeed,
    private readonly recorder: SpendRecorder,
    private readonly settings: SettingsStore,
  ) {
    super();
  }

  override async take(request: LeaseRequest): Promise<LeaseAnswers> {
    const untilMs = this.untilMs();
    return { ...answerOf(request, await this.taken<TakenRow>(TAKE, request)), untilMs };
  }

  /**
   * Does what {@link take} does, and reports on a pool and leases for it, in one transaction.
   * @throws GatehouseError `database_unavailable`; moves may be repeated
   */
  async takePooled(
    request: LeaseRequest,
    { name, isNew, moves, fills }: PoolRequest,
  ): Promise<LeaseAnswers & { readonly pool: PoolAnswer }> {
    const beganMs = performance.now();
    const untilMs = this.untilMs();
    const pooled = { name, isNew, moves: moves.map(moveOf), fills: fills.map(askOf) };
    const row = await this.taken<PooledRow>(TAKE_POOLED, request, pooled);
    const { pool } = row;
    return {
      ...answerOf(request, row),
      untilMs,
      pool: {
        lost: pool.lost,
        filledPico: (pool.filled ?? []).map(parseUsd),
        untilMs: pool.leftMs === null ? null : beganMs + Number(pool.leftMs),
      },
    };
  }

  /**
   * Reports what this process took out of pools, before calls that it covers are booked.
   * @returns the numbers of moves out of pools whose time was up
   * @throws GatehouseError `database_unavailable`; it may be repeated
   */
  async move(moves: readonly PoolMove[]): Promise<readonly number[]> {
    const [row] = await this.database.write<{ lost: number[] }[]>(({ manager }) =>
      manager.query(MOVE, [this.recorder.processId, JSON.stringify(moves.map(moveOf))]),
    );
    return row?.lost ?? [];
  }

  /**
   * Reports all that this process took out of pools that it never uses again. What is left of a pool is free at once when it was
   * the last process that used it.
   * @returns the numbers of moves that are lost, and whether other processes use one of the pools still
   * @throws GatehouseError `database_unavailable`; it may be repeated
   */
  async leave(
    names: readonly string[],
    moves: readonly PoolMove[],
  ): Promise<{ readonly lost: readonly number[]; readonly isOpen: boolean }> {
    const [row] = await this.database.write<{ left: { lost: number[]; isOpen: boolean } }[]>(
      ({ manager }) =>
        manager.query(LEAVE, [this.recorder.processId, JSON.stringify(moves.map(moveOf)), names]),
    );
    return row?.left ?? { lost: [], isOpen: false };
  }

  /** Removes what is left of pools that have ended. */
  async forgetPools(): Promise<void> {
    await this.database.background(({ manager }) => manager.query(FORGET));
  }

  /** Returns a name of the database that no other has. */
  async place(): Promise<string> {
    const [row] = await this.database.read<{ place: string }[]>((manager) => manager.query(PLACE));
    if (row === undefined) throw new Error('the database has no name');
    return row.place;
  }

  override async look(windows: readonly BudgetWindow[]): Promise<readonly LeaseFacts[]> {
    const keys = windows.map(keyOf);
    const rows = await this.database.read<FactsRow[]>((manager) =>
      manager.query(LOOK, [
        keys.map(({ scope }) => scope),
        keys.map(({ id }) => id),
        keys.map(({ start }) => start),
        keys.map(({ end }) => end),
        this.recorder.processId,
      ]),
    );
    return rows.map(factsOf);
  }

  override async demand(windows: readonly BudgetWindow[]): Promise<void> {
    const counters = new Set(windows.map(counterOf));
    await this.database.write((unit) => {
      for (const counter of counters) unit.changed('budget_lease', counter);
      return Promise.resolve();
    });
  }

  override onDemand(listener: (counter: string | null) => void): void {
    this.feed.subscribe('budget_lease', listener);
  }

  override async end(): Promise<void> {
    await this.database.write(({ manager }) => manager.query(END, [this.recorder.processId]));
  }

  /** Leases count from before the request, so that they never outlive those in the database. */
  private untilMs(): number {
    return performance.now() + this.settings.current.budgets.leaseSeconds * 1_000;
  }

  private async taken<Row>(
    sql: string,
    { number, groups, back }: LeaseRequest,
    pool?: object,
  ): Promise<Row> {
    const asks = {
      number,
      groups: groups.map((group) => group.map(askOf)),
      back: back.map(amountOf),
    };
    const { leaseSeconds } = this.settings.current.budgets;
    const parameters = [this.recorder.processId, leaseSeconds, JSON.stringify(asks)];
    if (pool !== undefined) parameters.push(JSON.stringify(pool));
    const [row] = await this.database.write<{ taken: Row }[]>(({ manager }) =>
      manager.query(sql, parameters),
    );
    if (row === undefined) throw new Error(`no row of ${sql}`);
    return row.taken;
  }
}
