import { WINDOW_MS } from '#libs/common';
import type { Database, UnitOfWork } from '#libs/database';
import {
  CELL_MS,
  CELLS,
  HOLDER_LIFE_MS,
  allot,
  shiftOf,
  type CellUnits,
  type Declared,
  type HeldSlots,
  type RateAsk,
  type RateExchange,
  type RateGrant,
  type Standing,
  type SwitchedLedger,
  type TimedExchanged,
} from './rate-ledger.js';

type Manager = UnitOfWork['manager'];

/**
 * Locks the counters in one order. A crash of the server may lose the last half second of grants, which costs less than a
 * sync for each.
 */
const LOCK = `SELECT set_config('synchronous_commit', 'off', true), pg_advisory_xact_lock(locks.key)
  FROM (SELECT DISTINCT hashtextextended('gatehouse.rate:' || counter, 0) AS key
    FROM unnest($1::text[]) AS counter ORDER BY 1) AS locks`;

const ALIVE = `INSERT INTO rate_holders (holder, expires_at)
  VALUES ($1, clock_timestamp() + $2 * interval '1 millisecond')
  ON CONFLICT (holder) DO UPDATE SET expires_at = excluded.expires_at`;

const READ_TIME = `SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now_ms,
  (SELECT count(*)::int FROM rate_holders WHERE expires_at > clock_timestamp()) AS replicas`;

const CHANGES = `SELECT counter, cell, sum(amount) AS amount
  FROM unnest($2::text[], $3::bigint[], $4::bigint[]) AS change (counter, cell, amount)
  GROUP BY counter, cell`;

const ADD = `INSERT INTO rate_grants AS g (counter, holder, cell, amount)
  SELECT counter, $1, cell, amount FROM (${CHANGES}) AS added
  ON CONFLICT (counter, holder, cell) DO UPDATE SET amount = g.amount + excluded.amount`;

const GIVE_BACK = `UPDATE rate_grants g SET amount = greatest(0, g.amount - returned.amount)
  FROM (${CHANGES}) AS returned
  WHERE (g.counter, g.holder, g.cell) = (returned.counter, $1, returned.cell)`;

const READ_GRANTS = `SELECT counter, cell::float8 AS cell, sum(amount)::float8 AS amount FROM rate_grants
  WHERE counter = ANY($1) AND cell > $2 GROUP BY counter, cell ORDER BY counter, cell`;

const READ_SLOTS = `SELECT s.counter, sum(s.slots)::float8 AS slots
  FROM rate_slots s JOIN rate_holders h USING (holder)
  WHERE s.counter = ANY($1) AND s.holder <> $2 AND h.expires_at > clock_timestamp() GROUP BY s.counter`;

const SET_SLOTS = `INSERT INTO rate_slots (counter, holder, slots)
  SELECT counter, $1, slots FROM unnest($2::text[], $3::bigint[]) AS own (counter, slots)
  ON CONFLICT (counter, holder) DO UPDATE SET slots = excluded.slots`;

const FORGET_OWN = ['grants', 'slots'].map((kind) => `DELETE FROM rate_${kind} WHERE holder = $1`);
const FORGET_GRANTS = `DELETE FROM rate_grants WHERE cell < $1`;
const FORGET_HOLDERS = `DELETE FROM rate_holders WHERE expires_at < clock_timestamp() - interval '1 hour'`;
const FORGET_SLOTS = `DELETE FROM rate_slots s WHERE s.slots = 0 AND s.holder = $1
  OR NOT EXISTS (SELECT FROM rate_holders h WHERE h.holder = s.holder)`;

interface LedgerTime {
  readonly now_ms: number;
  readonly replicas: number;
}

/** What counts of a counter before the exchange. */
interface CounterCount extends Pick<RateGrant, 'used' | 'leaving'> {
  readonly ask: RateAsk;
}

/** The ledger in PostgreSQL. Its clock is that of the server, so that those of the replicas may differ. */
export class PostgresLedger implements SwitchedLedger {
  private sweptMs = 0;

  /**
   * @param database must be a server
   */
  constructor(
    private readonly database: Pick<Database, 'write'>,
    private readonly holder: string,
  ) {}

  exchange(exchange: RateExchange): Promise<TimedExchanged> {
    return this.database.write(({ manager }) => this.exchangeIn(manager, exchange));
  }

  declare({ asOfMs, units, slots }: Standing): Promise<Declared> {
    const counters = [...units, ...slots].map(({ counter }) => counter);
    return this.database.write(async ({ manager }) => {
      const { now_ms: nowMs } = await this.begin(manager, counters);
      const shift = shiftOf(asOfMs, nowMs);
      for (const sql of FORGET_OWN) await manager.query(sql, [this.holder]);
      await this.change(
        manager,
        ADD,
        units.map((one) => ({ ...one, cell: one.cell + shift })),
      );
      await this.setSlots(manager, slots);
      return { shift, nowMs };
    });
  }

  async leave(): Promise<void> {
    await this.database.write(async ({ manager }) => {
      await manager.query('DELETE FROM rate_slots WHERE holder = $1', [this.holder]);
      await manager.query('DELETE FROM rate_holders WHERE holder = $1', [this.holder]);
    });
  }

  private async exchangeIn(
    manager: Manager,
    { asks, requests, returns }: RateExchange,
  ): Promise<TimedExchanged> {
    const counters = [...asks, ...returns].map(({ counter }) => counter);
    const time = await this.begin(manager, counters);
    const cell = Math.floor(time.now_ms / CELL_MS);
    const unused = returns.filter(({ amount }) => amount > 0);
    await this.change(
      manager,
      GIVE_BACK,
      unused.map((one) => ({ ...one, cell: one.cell ?? cell })),
    );
    const ungranted = returns.filter(({ amount }) => amount < 0);
    await this.change(
      manager,
      ADD,
      ungranted.map((one) => ({ ...one, cell, amount: -one.amount })),
    );
    const counts = [
      ...(await this.readSlots(manager, asks)),
      ...(await this.readUnits(manager, asks, time.now_ms)),
    ];
    const left = new Map(counts.map(({ ask, used }) => [ask.counter, ask.limit - used]));
    const newMs = (cell + CELLS) * CELL_MS - time.now_ms;
    const withNew = (leaving: RateGrant['leaving'], units: number): RateGrant['leaving'] =>
      units === 0 ? leaving : [...leaving, [newMs, units]];
    const { admitted, granted } = allot(asks, requests, left);
    const grants = counts.map(({ ask: { counter }, used, leaving }): RateGrant => {
      const units = granted.get(counter) ?? 0;
      return {
        counter,
        granted: units,
        cell,
        used: used + units,
        leaving: withNew(leaving, units),
      };
    });
    await this.write(manager, asks, grants);
    await this.sweep(manager, time.now_ms);
    return { grants, admitted, replicas: time.replicas, nowMs: time.now_ms };
  }

  /** Locks counters, prolongs the lease of this process, and returns the time. */
  private async begin(manager: Manager, counters: readonly string[]): Promise<LedgerTime> {
    await manager.query(LOCK, [counters]);
    await manager.query(ALIVE, [this.holder, HOLDER_LIFE_MS]);
    const [time] = await manager.query<[LedgerTime]>(READ_TIME);
    return time;
  }

  private async readUnits(
    manager: Manager,
    all: readonly RateAsk[],
    nowMs: number,
  ): Promise<CounterCount[]> {
    const asks = all.filter(({ heldSlots }) => heldSlots === null);
    if (asks.length === 0) return [];
    const rows = await manager.query<readonly CellUnits[]>(READ_GRANTS, [
      asks.map(({ counter }) => counter),
      Math.floor(nowMs / CELL_MS) - CELLS,
    ]);
    const byCounter = Map.groupBy(rows, ({ counter }) => counter);
    return asks.map((ask) => {
      const cells = byCounter.get(ask.counter) ?? [];
      const leaving = cells.map(
        ({ cell, amount }) => [(cell + CELLS) * CELL_MS - nowMs, amount] as const,
      );
      return { ask, used: cells.reduce((sum, { amount }) => sum + amount, 0), leaving };
    });
  }

  private async readSlots(manager: Manager, all: readonly RateAsk[]): Promise<CounterCount[]> {
    const asks = all.filter(({ heldSlots }) => heldSlots !== null);
    if (asks.length === 0) return [];
    const rows = await manager.query<readonly { counter: string; slots: number }[]>(READ_SLOTS, [
      asks.map(({ counter }) => counter),
      this.holder,
    ]);
    const others = new Map(rows.map(({ counter, slots }) => [counter, slots]));
    return asks.map((ask) => {
      const used = (ask.heldSlots ?? 0) + (others.get(ask.counter) ?? 0);
      return { ask, used, leaving: [] };
    });
  }

  private async write(
    manager: Manager,
    asks: readonly RateAsk[],
    grants: readonly RateGrant[],
  ): Promise<void> {
    const held = new Map(asks.map(({ counter, heldSlots }) => [counter, heldSlots]));
    const slots = grants.flatMap(({ counter, granted }) => {
      const own = held.get(counter) ?? null;
      return own === null ? [] : [{ counter, slots: own + granted }];
    });
    const units = grants.filter(({ counter }) => (held.get(counter) ?? null) === null);
    await this.change(
      manager,
      ADD,
      units.map(({ counter, cell, granted }) => ({ counter, cell, amount: granted })),
    );
    await this.setSlots(manager, slots);
  }

  private async setSlots(manager: Manager, slots: readonly HeldSlots[]): Promise<void> {
    if (slots.length === 0) return;
    const counters = slots.map(({ counter }) => counter);
    await manager.query(SET_SLOTS, [this.holder, counters, slots.map((one) => one.slots)]);
  }

  private async change(
    manager: Manager,
    sql: string,
    changes: readonly CellUnits[],
  ): Promise<void> {
    const made = changes.filter(({ amount }) => amount !== 0);
    if (made.length === 0) return;
    await manager.query(sql, [
      this.holder,
      made.map(({ counter }) => counter),
      made.map(({ cell }) => cell),
      made.map(({ amount }) => amount),
    ]);
  }

  /** Removes once a minute what does not count any more. */
  private async sweep(manager: Manager, nowMs: number): Promise<void> {
    if (nowMs - this.sweptMs < WINDOW_MS) return;
    this.sweptMs = nowMs;
    await manager.query(FORGET_GRANTS, [Math.floor(nowMs / CELL_MS) - 2 * CELLS]);
    await manager.query(FORGET_HOLDERS);
    await manager.query(FORGET_SLOTS, [this.holder]);
  }
}
