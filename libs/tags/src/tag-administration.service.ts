import { mayReadEverything, ownSpendOf, type AccessContext, type Plain } from '#libs/access';
import { auditActorOf } from '#libs/audit';
import { GatehouseError, parseUsd } from '#libs/common';
import { Database } from '#libs/database';
import { BudgetUsages, SpendCube, SpendTotals, type CubeFilter } from '#libs/spend';
import { Injectable } from '@nestjs/common';
import type { TagEntity } from './tag.entity.js';
import { newTagOf, tagChangesOf, type ListTagsRequest, type TagRequest } from './tag.request.js';
import { TagPresentation, type SpendByTag } from './tag-presentation.service.js';
import type { TagResponse } from './tag.response.js';
import { TagsService } from './tags.service.js';

/** Tags without a row of one list at most. */
const MAX_DYNAMIC = 10_000;

/** Tags as administrators see and change them. */
@Injectable()
export class TagAdministration {
  constructor(
    private readonly database: Database,
    private readonly tags: TagsService,
    private readonly totals: SpendTotals,
    private readonly cube: SpendCube,
    private readonly usages: BudgetUsages,
    private readonly presentation: TagPresentation,
  ) {}

  /**
   * Makes a tag.
   * @param access an administrator's context
   * @throws GatehouseError `already_exists`
   */
  async create(request: TagRequest, access: AccessContext): Promise<Plain<TagResponse>> {
    return this.presentation.presentChanged(
      await this.database.write((unit) =>
        this.tags.create(unit, newTagOf(request), auditActorOf(access)),
      ),
    );
  }

  /**
   * Changes what the request names.
   * @param access an administrator's context
   * @throws GatehouseError `not_found`
   */
  async update(request: TagRequest, access: AccessContext): Promise<Plain<TagResponse>> {
    return this.presentation.presentChanged(
      await this.database.write((unit) =>
        this.tags.update(unit, request.name, tagChangesOf(request), auditActorOf(access)),
      ),
    );
  }

  /**
   * Deletes a tag with its limits; its entries and totals stay in the books.
   * @param access an administrator's context
   * @throws GatehouseError `not_found`
   */
  async remove(name: string, access: AccessContext): Promise<void> {
    await this.database.write((unit) => this.tags.remove(unit, name, auditActorOf(access)));
  }

  /**
   * Tags with their spend and what was spent of their budgets, by their names.
   * @throws GatehouseError `not_found` when one of them has no row
   */
  async info(names: readonly string[]): Promise<Readonly<Record<string, Plain<TagResponse>>>> {
    const rows = await this.tags.get(names);
    const shown = await this.presentation.present(rows, [], await this.totals.read('tag', names));
    const usages = await this.usages.of(
      rows.map(({ name, limits }) => ({ scope: 'tag', id: name, limits })),
    );
    return Object.fromEntries(shown.map((tag, place) => [tag.name, { ...tag, ...usages[place] }]));
  }

  /**
   * Tags that have a row, and those without one that requests had. Others than administrators and their viewers see the tags
   * that their own requests had, and those of the organisations that they administer, with what those cost.
   * @throws GatehouseError `request_invalid`, `route_not_allowed`, `report_timeout`
   */
  async list(request: ListTagsRequest, access: AccessContext): Promise<Plain<TagResponse>[]> {
    const days = daysOf(request);
    if (!mayReadEverything(access)) return this.listOwn(days, access);
    const rows = await this.tags.list();
    const used = 'from' in days ? [...(await this.usedOn(days)).keys()] : await this.allNames();
    const dynamic = withoutRows(used, rows);
    const names = [...rows.map(({ name }) => name), ...dynamic];
    return this.presentation.present(rows, dynamic, await this.totals.read('tag', names));
  }

  private async listOwn(days: UsedDays, access: AccessContext): Promise<Plain<TagResponse>[]> {
    const used = await this.usedOn(days, ownSpendOf(access));
    const rows = await this.tags.list([...used.keys()]);
    return this.presentation.present(rows, withoutRows([...used.keys()], rows), used);
  }

  private allNames(): Promise<string[]> {
    return this.cube.names('tag', MAX_DYNAMIC);
  }

  private async usedOn(days: UsedDays, filter: CubeFilter = {}): Promise<SpendByTag> {
    const query = { ...days, filter, only: 'tag', groupBy: ['tag'], limit: MAX_DYNAMIC } as const;
    const sums = await this.cube.sums(query);
    return new Map(sums.map(({ values: [name = ''], spend }) => [name, parseUsd(spend)]));
  }
}

/** First and last day, both included; empty for all days. */
type UsedDays = Readonly<Record<string, never>> | { readonly from: string; readonly to: string };

function daysOf({ start_date: from, end_date: to }: ListTagsRequest): UsedDays {
  if (from === undefined && to === undefined) return {};
  if (from !== undefined && to !== undefined && from <= to) return { from, to };
  throw new GatehouseError('request_invalid', {
    message: 'start_date and end_date must be named together, the first day first.',
    param: 'start_date',
  });
}

function withoutRows(names: readonly string[], rows: readonly TagEntity[]): string[] {
  const known = new Set(rows.map(({ name }) => name));
  return names.filter((name) => !known.has(name));
}
