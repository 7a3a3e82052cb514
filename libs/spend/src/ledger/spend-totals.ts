import { Injectable } from '@nestjs/common';
import { parseUsd, type PicoUsd } from '#libs/common';
import { Database } from '#libs/database';
import { SpendRecorder } from '../spend-recorder.js';
import type { SpendScope } from './entry-batch.js';

/** What subjects have spent, from the totals of the ledger. */
@Injectable()
export class SpendTotals {
  constructor(
    private readonly database: Database,
    private readonly recorder: SpendRecorder,
  ) {}

  /**
   * Spend of some subjects. Includes every call of this process that has ended, because those are
   * booked first; calls that ended at another replica follow within half a second.
   * @param scope what the ids are
   * @param ids subjects; of members `team:user` (see `teamMemberId`)
   * @returns one entry for each id; zero for one that never spent anything
   * @throws GatehouseError `database_unavailable`
   */
  async read(scope: SpendScope, ids: readonly string[]): Promise<ReadonlyMap<string, PicoUsd>> {
    const totals = new Map<string, PicoUsd>(ids.map((id) => [id, 0n]));
    if (totals.size === 0) return totals;
    await this.recorder.flush();
    const rows = await this.database.read<{ id: string; spend: string }[]>((manager) =>
      manager.query(
        `SELECT id, spend_usd::text AS spend FROM spend_totals WHERE scope = $1 AND id = ANY ($2::text[])`,
        [scope, [...totals.keys()]],
      ),
    );
    for (const { id, spend } of rows) totals.set(id, parseUsd(spend));
    return totals;
  }
}
