import { randomUUID } from 'node:crypto';
import type { Database } from '#libs/database';
import { CELLS, CELL_MS, HOLDER_LIFE_MS, type CellUnits, type Standing } from './rate-ledger.js';

/** The ledger that counts now, as all processes have agreed. */
export interface Agreement {
  /** Grows with each change of the ledger. */
  readonly epoch: number;
  /** Memory of the Redis server; `null` while PostgreSQL is the ledger. */
  readonly generation: string | null;
  /** Names what belongs to this epoch in Redis. */
  readonly space: string | null;
}

/** What a process hears when it reports. */
export interface Heard extends Agreement {
  /** Whether a process is there that does not use Redis at all. */
  readonly hasStranger: boolean;
}

/** After this time without a report a process may not use Redis, and the others do not wait for it. */
export const SILENCE_MS = 5_000;
/** The silence is measured by different clocks. */
const SILENT_MS = SILENCE_MS + 1_000;

const REPORT = `WITH own AS (
  INSERT INTO rate_holders (holder, expires_at, epoch, generation)
  VALUES ($1, clock_timestamp() + $2 * interval '1 millisecond', $4, $3)
  ON CONFLICT (holder) DO UPDATE SET expires_at = excluded.expires_at, generation = excluded.generation,
    epoch = excluded.epoch)
  SELECT a.epoch::float8 AS epoch, a.generation, a.space, set_config('synchronous_commit', 'off', true),
    EXISTS (SELECT FROM rate_holders WHERE epoch IS NULL AND expires_at > clock_timestamp()) AS "hasStranger"
  FROM rate_agreement a`;

const LEAVE_REDIS = `UPDATE rate_agreement
  SET epoch = epoch + 1, generation = NULL, space = NULL, since = clock_timestamp()
  WHERE epoch = $1 AND generation IS NOT NULL`;

/** A change waits for processes that fell silent, so it is begun while there are none. */
const RECENT_MS = 2_000;
/** Only while every process reports the same server. */
const USE_REDIS = `UPDATE rate_agreement
  SET epoch = epoch + 1, generation = $2, space = $3, since = clock_timestamp()
  WHERE epoch = $1 AND generation IS NULL AND since < clock_timestamp() - $4 * interval '1 millisecond'
    AND NOT EXISTS (SELECT FROM rate_holders
      WHERE expires_at > clock_timestamp() AND (generation IS DISTINCT FROM $2
        OR expires_at < clock_timestamp() + $5 * interval '1 millisecond'))`;

const ENTER = 'UPDATE rate_holders SET epoch = $2 WHERE holder = $1';

const READ_WAITED = `SELECT (SELECT epoch::float8 FROM rate_agreement) AS epoch, EXISTS (
  SELECT FROM rate_holders WHERE epoch < $1
    AND expires_at > clock_timestamp() + $2 * interval '1 millisecond') AS waited`;

const READ_LEFT = `SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now_ms,
  g.counter, g.cell::float8 AS cell, sum(g.amount)::float8 AS amount
  FROM rate_grants g LEFT JOIN rate_holders h ON h.holder = g.holder AND h.expires_at > clock_timestamp()
  WHERE h.epoch IS NULL AND g.cell > floor(extract(epoch FROM clock_timestamp()) * 1000 / $1) - $2
  GROUP BY g.counter, g.cell HAVING sum(g.amount) > 0`;

/** The agreement of all processes on one ledger, a row in PostgreSQL. */
export class LedgerAgreement {
  constructor(
    private readonly database: Pick<Database, 'read' | 'write'>,
    private readonly holder: string,
  ) {}

  /**
   * Says that this process is there, and which Redis it can use.
   * @param generation `null` for none
   * @param epoch the last to which it has declared what it has; 0 for none
   */
  async report(generation: string | null, epoch: number): Promise<Heard> {
    const parameters = [this.holder, HOLDER_LIFE_MS, generation, epoch];
    const [heard] = await this.query<[Heard]>(REPORT, parameters);
    return heard;
  }

  /** Ends the use of Redis for all processes. Nothing happens where another one did it before. */
  async leaveRedis(epoch: number): Promise<void> {
    await this.query(LEAVE_REDIS, [epoch]);
  }

  /**
   * Makes Redis the ledger, with an empty space, where all processes can use it.
   * @param restMs for which PostgreSQL has to have been the ledger
   */
  async useRedis(epoch: number, generation: string, restMs: number): Promise<void> {
    await this.query(USE_REDIS, [
      ...[epoch, generation, randomUUID(), restMs],
      HOLDER_LIFE_MS - RECENT_MS,
    ]);
  }

  /** Says that this process has declared all that it has, and uses nothing of the ledger before. */
  async enter(epoch: number): Promise<void> {
    await this.query(ENTER, [this.holder, epoch]);
  }

  /**
   * Whether all processes have entered an epoch, or are silent.
   * @returns `null` when another epoch has begun
   */
  async isEntered(epoch: number): Promise<boolean | null> {
    const [found] = await this.database.read((manager) =>
      manager.query<[{ epoch: number; waited: boolean }]>(READ_WAITED, [
        epoch,
        HOLDER_LIFE_MS - SILENT_MS,
      ]),
    );
    return found.epoch === epoch ? !found.waited : null;
  }

  /** Returns what processes have in PostgreSQL that will not declare it. */
  async left(): Promise<Standing> {
    const rows = await this.database.read((manager) =>
      manager.query<readonly (CellUnits & { now_ms: number })[]>(READ_LEFT, [CELL_MS, CELLS]),
    );
    return { asOfMs: rows[0]?.now_ms ?? null, units: rows, slots: [] };
  }

  private query<T>(sql: string, parameters: readonly unknown[]): Promise<T> {
    return this.database.write(({ manager }) => manager.query<T>(sql, [...parameters]));
  }
}
