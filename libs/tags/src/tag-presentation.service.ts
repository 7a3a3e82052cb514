import type { Plain } from '#libs/access';
import type { PicoUsd } from '#libs/common';
import { BudgetTables, ResetTimes, SpendTotals } from '#libs/spend';
import { Injectable } from '@nestjs/common';
import type { TagEntity } from './tag.entity.js';
import { toDynamicTag, toTagResponse, type TagFacts, type TagResponse } from './tag.response.js';

/** The spend of tags by their names. */
export type SpendByTag = ReadonlyMap<string, PicoUsd>;

/** Shows tags with their spend and their limits. */
@Injectable()
export class TagPresentation {
  constructor(
    private readonly totals: SpendTotals,
    private readonly resetTimes: ResetTimes,
    private readonly budgetTables: BudgetTables,
  ) {}

  /**
   * Shows tags, those with a row first.
   * @param dynamic names of tags that only requests have borne
   */
  async present(
    rows: readonly TagEntity[],
    dynamic: readonly string[],
    spend: SpendByTag,
  ): Promise<Plain<TagResponse>[]> {
    const facts = await this.factsOf(rows, spend);
    return [
      ...rows.map((row) => toTagResponse(row, facts(row.name))),
      ...dynamic.map((name) => toDynamicTag(name, facts(name))),
    ];
  }

  /** Shows a tag that was just changed. Never rejects. */
  async presentChanged(row: TagEntity): Promise<Plain<TagResponse>> {
    const spend = await this.totals.readIfPossible('tag', [row.name]);
    const facts = await this.factsOf([row], spend);
    return toTagResponse(row, facts(row.name));
  }

  private async factsOf(
    rows: readonly TagEntity[],
    spend: SpendByTag,
  ): Promise<(name: string) => TagFacts> {
    const resetTime = this.resetTimes.now();
    const budgetTable = await this.budgetTables.of(rows.map(({ limits }) => limits));
    return (name) => ({ spend: spend.get(name) ?? 0n, resetTime, budgetTable });
  }
}
