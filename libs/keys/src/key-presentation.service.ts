import { Injectable } from '@nestjs/common';
import type { Plain } from '#libs/access';
import { BudgetTables, ResetTimes, SpendTotals, type BudgetTable } from '#libs/spend';
import { toKeyInfoRow, type KeyInfoRow } from './dto/key.response.js';
import type { VirtualKeyEntity } from './entities/virtual-key.entity.js';

/** A key's row in wire form, and the id that not every answer shows. */
export interface PresentedKey {
  readonly keyId: string;
  readonly info: Plain<KeyInfoRow>;
}

/** Puts keys together with their spend. */
@Injectable()
export class KeyPresentation {
  constructor(
    private readonly totals: SpendTotals,
    private readonly resetTimes: ResetTimes,
    private readonly budgetTables: BudgetTables,
  ) {}

  /**
   * The keys in the order given. Takes one query for one key as for a hundred.
   * @throws GatehouseError `database_unavailable`
   */
  async present(rows: readonly VirtualKeyEntity[]): Promise<PresentedKey[]> {
    return this.assemble(rows, await this.totals.read('key', idsOf(rows)));
  }

  /**
   * {@link present} for one key.
   * @throws GatehouseError `database_unavailable`
   */
  async presentOne(row: VirtualKeyEntity): Promise<PresentedKey> {
    return this.onlyOf(await this.present([row]));
  }

  /**
   * {@link presentOne} for a key whose change is committed: spend that cannot be read now is shown as zero rather than
   * failing the answer.
   */
  async presentChanged(row: VirtualKeyEntity): Promise<PresentedKey> {
    const spend = await this.totals.readIfPossible('key', idsOf([row]));
    return this.onlyOf(await this.assemble([row], spend));
  }

  private async assemble(
    rows: readonly VirtualKeyEntity[],
    spend: ReadonlyMap<string, bigint>,
  ): Promise<PresentedKey[]> {
    const table = await this.budgetTables.of(rows.map(({ limits }) => limits));
    const resetTime = this.resetTimes.now();
    return rows.map((row) => {
      const total = idsOf([row]).reduce((sum, keyId) => sum + (spend.get(keyId) ?? 0n), 0n);
      return { keyId: row.keyId, info: toKeyInfoRow(row, total, resetTime, namedOf(row, table)) };
    });
  }

  private onlyOf([key]: readonly PresentedKey[]): PresentedKey {
    if (key === undefined) throw new Error('one row is presented as one key');
    return key;
  }
}

/** LiteLLM keeps a key's own limits in its row, and shows a budget where the row names one. */
function namedOf({ limits: { budgetId } }: VirtualKeyEntity, table: BudgetTable): object | null {
  return budgetId === undefined ? null : table({ budgetId });
}

/** What was spent before a key was regenerated is booked under the ids that it had then. */
function idsOf(rows: readonly VirtualKeyEntity[]): string[] {
  return rows.flatMap((row) => [row.keyId, ...row.predecessors]);
}
