import { Injectable, Logger } from '@nestjs/common';
import { parseUsd, within, type PicoUsd } from '#libs/common';
import { Database } from '#libs/database';
import { SpendTotalEntity } from '../ledger/spend-total.entity.js';
import { SpendRecorder } from '../recording/spend-recorder.js';
import type { SpendScope } from '../costs/call-records.js';

/**
 * Time that totals wait for calls that have just ended, and a response to a change for the totals.
 */
const LIMIT_MS = 2_000;

/** What one subject has spent. */
export interface SpendTotal {
  readonly id: string;
  /** US dollars, twelve decimals. */
  readonly spend: string;
}

/** Reads the spend of subjects from the totals of the ledger. */
@Injectable()
export class SpendTotals {
  private readonly logger = new Logger('SpendTotals');

  constructor(
    private readonly database: Database,
    private readonly recorder: SpendRecorder,
  ) {}

  /**
   * Spend of some subjects. Includes every call of this process that has ended, because those are
   * booked first; calls that ended at another replica follow within half a second. When booking
   * takes longer than two seconds or fails, the totals are those of the ledger, with a warning in
   * the log.
   * @param scope what the ids are
   * @param ids subjects; of members those of `pairId`
   * @returns one entry for each id; zero for one that never spent anything
   * @throws GatehouseError `database_unavailable` when the totals cannot be read
   */
  async read(scope: SpendScope, ids: readonly string[]): Promise<ReadonlyMap<string, PicoUsd>> {
    if (ids.length === 0) return new Map();
    await this.recorder.flushWithin(LIMIT_MS);
    return this.query(scope, ids);
  }

  /**
   * The subjects that spent most, since ever, as a report.
   * @param limit how many at most
   * @throws GatehouseError `report_timeout`, `database_unavailable`
   */
  async largest(scope: SpendScope, limit: number): Promise<readonly SpendTotal[]> {
    await this.recorder.flushWithin(LIMIT_MS);
    return this.database.report((manager) =>
      manager.query<SpendTotal[]>(
        `SELECT id, spend_usd::text AS spend FROM spend_totals
         WHERE scope = $1 AND spend_usd > 0 ORDER BY spend_usd DESC, id LIMIT $2`,
        [scope, limit],
      ),
    );
  }

  /**
   * {@link read} for the answer to a change that is committed already, which spend must not turn into
   * a failure: never rejects and takes four seconds at most. Totals that cannot be read are zero, with a
   * warning in the log.
   * @param scope what the ids are
   * @returns one entry for each id
   */
  async readIfPossible(
    scope: SpendScope,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, PicoUsd>> {
    if (ids.length === 0) return new Map();
    await this.recorder.flushWithin(LIMIT_MS);
    let totals = zeros(ids);
    let reason = 'they took too long';
    const reading = this.query(scope, ids).then((found) => {
      totals = found;
    });
    try {
      if (await within(LIMIT_MS, reading)) return totals;
    } catch (error) {
      reason = String(error);
    }
    this.logger.warn(`totals cannot be read, the answer to a change shows zero: ${reason}`);
    return totals;
  }

  private async query(scope: SpendScope, ids: readonly string[]): Promise<Map<string, PicoUsd>> {
    const totals = zeros(ids);
    const rows = await this.database.read((manager) =>
      manager
        .createQueryBuilder(SpendTotalEntity, 'totals')
        .where('totals.scope = :scope AND totals.id = ANY (:ids)', {
          scope,
          ids: [...totals.keys()],
        })
        .getMany(),
    );
    for (const { id, spendUsd } of rows) totals.set(id, parseUsd(spendUsd));
    return totals;
  }
}

function zeros(ids: readonly string[]): Map<string, PicoUsd> {
  return new Map(ids.map((id) => [id, 0n]));
}
