import { Injectable } from '@nestjs/common';
import {
  listParts,
  SpendCube,
  type CubeDimension,
  type CubeFilter,
  type CubeRow,
  type CubeScope,
} from '#libs/spend';
import { ActivityLabels } from './activity-labels.service.js';
import { metricsOf } from './activity-metrics.js';
import type { ActivityEntity } from './daily-activity.request.js';
import type { ReportDays } from './report-days.request.js';

/** Whose activity is shown, and on which days. */
export interface ActivityQuery extends ReportDays {
  readonly entity: ActivityEntity;
  readonly filter: CubeFilter;
  readonly exclude: CubeFilter;
}

/** LiteLLM's breakdowns and the dimensions behind them, all of whose values are shown. */
const BREAKDOWNS = {
  models: 'model',
  model_groups: 'model_group',
  providers: 'provider',
  endpoints: 'call_type',
} as const satisfies Readonly<Record<string, CubeDimension>>;

/**
 * Keys and entities that are shown, those that cost most, as LiteLLM limits keys: there may be any number of them. Of more than
 * ten days fewer are shown, so that a document does not grow with its days.
 */
const MOST_SHOWN = 100;
const LEAST_SHOWN = 10;
const SHOWN_ON_ALL_DAYS = 1_000;

interface Pages {
  readonly page: number;
  readonly pages: number;
}

/** What was done on each day, from the roll-ups. */
@Injectable()
export class DailyActivity {
  constructor(
    private readonly cube: SpendCube,
    private readonly labels: ActivityLabels,
  ) {}

  /**
   * One page of days, the last day first. Its totals are those of the page, as in LiteLLM.
   * @param page from 1
   * @param size days of a page
   * @returns the parts of the JSON text
   * @throws GatehouseError `report_timeout`, `request_invalid`, `database_unavailable`
   */
  async page(query: ActivityQuery, page: number, size: number): Promise<Iterable<string>> {
    const all = await this.days(query);
    const shown = all.slice((page - 1) * size, page * size);
    return this.document(query, shown, { page, pages: Math.ceil(all.length / size) });
  }

  /**
   * Every day at once.
   * @returns the parts of the JSON text
   * @throws GatehouseError `report_timeout`, `request_invalid`, `database_unavailable`
   */
  async aggregated(query: ActivityQuery): Promise<Iterable<string>> {
    return this.document(query, await this.days(query), { page: 1, pages: 1 });
  }

  /** Sums of the days, the last one first. */
  private async days(query: ActivityQuery): Promise<CubeRow[]> {
    const rows = await this.cube.sums({ groupBy: ['day'], ...scopeOf(query, query) });
    return rows.reverse();
  }

  /** The document of some days, with the keys and entities that cost most on them. */
  private async document(
    query: ActivityQuery,
    days: readonly CubeRow[],
    pages: Pages,
  ): Promise<Iterable<string>> {
    const { entity, filter } = query;
    const [to, from] = [days[0]?.values[0], days.at(-1)?.values[0]];
    if (from === undefined || to === undefined) {
      return documentOf([], metadataOf(days, pages, {}));
    }
    const scope = scopeOf(query, { from, to });
    const limits = {
      keys: shownOf(days.length, filter.key),
      entities: shownOf(days.length, filter[entity]),
    };
    const keys = await this.cube.largest('key', scope, limits.keys);
    const entities = await this.cube.largest(entity, scope, limits.entities);
    const labels = await this.labels.of(entity, keys.values, entities.values);
    const rows = await this.cube.activity({
      ...scope,
      breakdowns: BREAKDOWNS,
      // Of those that nothing names there would be as many as entities times keys times days.
      entities: {
        dimension: entity,
        values: entities.values,
        hasKeys: filter[entity] !== undefined,
      },
      keys: keys.values,
      labels,
    });
    const byDay = Map.groupBy(rows, ({ day }) => day);
    const results = days.map((row) => {
      const texts = byDay.get(row.values[0] ?? '') ?? [];
      return resultOf(row, new Map(texts.map(({ breakdown, json }) => [breakdown, json])));
    });
    return documentOf(
      results,
      metadataOf(days, pages, {
        api_key_limit: limits.keys,
        total_api_keys: keys.total,
        entity_limit: limits.entities,
        total_entities: entities.total,
      }),
    );
  }
}

/** Which attempts an activity counts on some days: of users every one, else those that have a subject of the kind. */
export function scopeOf(
  { entity, filter, exclude }: ActivityQuery,
  { from, to }: ReportDays,
): CubeScope {
  return { filter, exclude, from, to, ...(entity === 'user' ? {} : { only: entity }) };
}

/** All of those that a filter names are shown. */
function shownOf(days: number, named: readonly string[] = []): number {
  const most = Math.min(MOST_SHOWN, Math.floor(SHOWN_ON_ALL_DAYS / days));
  return Math.max(most, LEAST_SHOWN, named.length);
}

/** One day as JSON text. */
function resultOf(row: CubeRow, texts: ReadonlyMap<string, string>): string {
  const date = row.values[0] ?? '';
  const names = [...Object.keys(BREAKDOWNS), 'api_keys', 'entities'];
  const members = names.map((name) => `"${name}":{${texts.get(name) ?? ''}}`);
  const metrics = JSON.stringify(metricsOf([row]));
  return `{"date":"${date}","metrics":${metrics},"breakdown":{"mcp_servers":{},${members.join(',')}}}`;
}

function documentOf(
  results: readonly string[],
  metadata: Readonly<Record<string, number | boolean>>,
): Iterable<string> {
  return listParts('{"results":[', results, `],"metadata":${JSON.stringify(metadata)}}`);
}

function metadataOf(
  rows: readonly CubeRow[],
  { page, pages }: Pages,
  limits: Readonly<Record<string, number>>,
): Readonly<Record<string, number | boolean>> {
  const total = metricsOf(rows);
  return {
    total_spend: total.spend,
    total_prompt_tokens: total.prompt_tokens,
    total_completion_tokens: total.completion_tokens,
    total_tokens: total.total_tokens,
    total_api_requests: total.api_requests,
    total_successful_requests: total.successful_requests,
    total_failed_requests: total.failed_requests,
    total_cache_read_input_tokens: total.cache_read_input_tokens,
    total_cache_creation_input_tokens: total.cache_creation_input_tokens,
    page,
    total_pages: pages,
    has_more: page < pages,
    ...limits,
  };
}
