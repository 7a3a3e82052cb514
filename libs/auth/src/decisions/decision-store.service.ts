import { Injectable } from '@nestjs/common';
import { DAY_MS } from '#libs/common';
import { Database } from '#libs/database';
import { DecisionEntity } from './decision.entity.js';
import type { DecisionRecord } from './decision-record.js';

/** Most decisions that the table keeps. */
const MAX_ROWS = 100_000;
/** Longest that the table keeps a decision. */
const MAX_AGE_MS = 30 * DAY_MS;

/** A decision on its way into the table. */
export interface StoredDecision {
  readonly decidedAt: Date;
  readonly record: DecisionRecord;
}

/** The table of decisions. Uses the background connections, so that it can never hold up a request. */
@Injectable()
export class DecisionStoreService {
  /** @param database where the table is */
  constructor(private readonly database: Database) {}

  /**
   * Appends decisions; those that are there already are left alone.
   * @throws GatehouseError `database_unavailable`
   */
  async save(decisions: readonly StoredDecision[]): Promise<void> {
    const rows = decisions.map(({ decidedAt, record }) => ({
      decision_id: record.decision_id,
      decided_at: decidedAt.toISOString(),
      allowed: record.allowed,
      status: record.status,
      reason: record.reason,
      record,
    }));
    // One parameter for a batch of any size, which an insert by the query builder would spread over six for each row.
    await this.database.background(({ manager }) =>
      manager.query(
        `INSERT INTO decisions (decision_id, decided_at, allowed, status, reason, record)
         SELECT * FROM jsonb_to_recordset($1::jsonb)
           AS d (decision_id text, decided_at timestamptz, allowed boolean, status integer, reason text, record jsonb)
         ON CONFLICT DO NOTHING`,
        [JSON.stringify(rows)],
      ),
    );
  }

  /**
   * The record of a decision, `null` when the table has none.
   * @throws GatehouseError `database_unavailable`
   */
  async find(decisionId: string): Promise<DecisionRecord | null> {
    const row = await this.database.read((manager) =>
      manager.findOneBy(DecisionEntity, { decisionId }),
    );
    return row?.record ?? null;
  }

  /**
   * Deletes what is too old or too much.
   * @throws GatehouseError `database_unavailable`
   */
  async prune(now: Date): Promise<void> {
    await this.database.background(({ manager }) =>
      manager.query(
        `DELETE FROM decisions WHERE decided_at < GREATEST(
           $1::timestamptz,
           (SELECT decided_at FROM decisions ORDER BY decided_at DESC OFFSET $2 LIMIT 1))`,
        [new Date(now.getTime() - MAX_AGE_MS).toISOString(), MAX_ROWS],
      ),
    );
  }
}
