import { Injectable } from '@nestjs/common';
import { KeysService } from '#libs/keys';
import { SpendCube, type CubeDimension, type CubeFilter, type CubeRow } from '#libs/spend';
import { TeamsService } from '#libs/teams';
import { metricsOf, type ActivityMetrics } from './activity-metrics.js';
import type { ActivityEntity } from './daily-activity.request.js';
import type { ReportDays } from './report-days.request.js';

/** Whose activity is shown, and on which days. */
export interface ActivityQuery extends ReportDays {
  readonly entity: ActivityEntity;
  readonly filter: CubeFilter;
}

/** One value of a breakdown. */
interface BreakdownEntry {
  readonly metrics: ActivityMetrics;
  readonly metadata: Readonly<Record<string, string | null>>;
  readonly api_key_breakdown?: Readonly<Record<string, BreakdownEntry>>;
}

type Breakdown = Readonly<Record<string, BreakdownEntry>>;

/** One day. */
interface ActivityDay {
  readonly date: string;
  readonly metrics: ActivityMetrics;
  readonly breakdown: Readonly<Record<string, Breakdown>>;
}

/** Daily activity, in LiteLLM's frame. */
export interface ActivityResponse {
  readonly results: readonly ActivityDay[];
  readonly metadata: Readonly<Record<string, number | boolean>>;
}

/** LiteLLM's breakdowns and the dimensions behind them. */
const BREAKDOWNS = {
  models: 'model',
  model_groups: 'model_group',
  providers: 'provider',
  endpoints: 'call_type',
} as const satisfies Readonly<Record<string, CubeDimension>>;

/** Endpoints by LiteLLM's names of operations. */
const ENDPOINTS: Readonly<Record<string, string>> = {
  acompletion: '/chat/completions',
  atext_completion: '/completions',
  aembedding: '/embeddings',
};

/** What was done on each day, from the roll-ups. */
@Injectable()
export class DailyActivity {
  constructor(
    private readonly cube: SpendCube,
    private readonly keys: KeysService,
    private readonly teams: TeamsService,
  ) {}

  /**
   * One page of days, the last day first. Its totals are those of the page, as in LiteLLM. The keys of each breakdown are shown with
   * a filter alone: those of the whole gateway would be hundreds of thousands of values, made on the thread that relays calls.
   * @param page from 1
   * @param size days of a page
   * @throws GatehouseError `report_timeout`, `request_invalid`, `database_unavailable`
   */
  async page(query: ActivityQuery, page: number, size: number): Promise<ActivityResponse> {
    const all = await this.days(query);
    const days = all.map(({ values }) => values[0] ?? '').reverse();
    const shown = days.slice((page - 1) * size, page * size);
    const results = await this.results(query, shown, Object.keys(query.filter).length > 0);
    return {
      results,
      metadata: metadataOf(
        all.filter(({ values }) => shown.includes(values[0] ?? '')),
        { page, pages: Math.ceil(days.length / size) },
      ),
    };
  }

  /**
   * Every day at once, without the keys of each breakdown.
   * @throws GatehouseError `report_timeout`, `request_invalid`, `database_unavailable`
   */
  async aggregated(query: ActivityQuery): Promise<ActivityResponse> {
    const all = await this.days(query);
    const days = all.map(({ values }) => values[0] ?? '').reverse();
    const results = await this.results(query, days, false);
    return { results, metadata: metadataOf(all, { page: 1, pages: 1 }) };
  }

  private days({ entity, filter, from, to }: ActivityQuery): Promise<CubeRow[]> {
    return this.cube.sums({ groupBy: ['day'], filter, from, to, ...onlyOf(entity) });
  }

  private async results(
    { entity, filter }: ActivityQuery,
    days: readonly string[],
    hasKeys: boolean,
  ): Promise<ActivityDay[]> {
    const [to, from] = [days[0], days.at(-1)];
    if (from === undefined || to === undefined) return [];
    const read = async (dimension: CubeDimension): Promise<Map<string, CubeRow[]>> => {
      const groupBy: CubeDimension[] = ['day', dimension];
      if (hasKeys && dimension !== 'key') groupBy.push('key');
      const rows = await this.cube.sums({ groupBy, filter, from, to, ...onlyOf(entity) });
      return Map.groupBy(rows, ({ values }) => values[0] ?? '');
    };
    const tables = new Map<string, Map<string, CubeRow[]>>();
    for (const [name, dimension] of Object.entries(BREAKDOWNS)) {
      tables.set(name, await read(dimension));
    }
    const keys = await read('key');
    const entities = await read(entity);
    const names = await this.namesOf(entity, keys, entities);
    return days.map((date) => {
      const rows = keys.get(date) ?? [];
      const breakdown: Record<string, Breakdown> = { mcp_servers: {} };
      for (const [name, byDay] of tables) breakdown[name] = names.breakdown(byDay.get(date), name);
      breakdown['api_keys'] = names.breakdown(rows, 'api_keys');
      breakdown['entities'] = names.breakdown(entities.get(date), 'entities');
      return { date, metrics: metricsOf(rows), breakdown };
    });
  }

  private async namesOf(
    entity: ActivityEntity,
    keys: ReadonlyMap<string, readonly CubeRow[]>,
    entities: ReadonlyMap<string, readonly CubeRow[]>,
  ): Promise<Names> {
    const keyNames = await namesBy(secondValues(keys), async (id) => {
      const key = await this.keys.find(id);
      return { key_alias: key?.grant.alias ?? null, team_id: key?.teamId ?? null };
    });
    const teamNames = await namesBy(entity === 'team' ? secondValues(entities) : [], async (id) => {
      const team = await this.teams.find(id);
      return { team_alias: team?.alias ?? null };
    });
    return new Names(keyNames, teamNames);
  }
}

type Metadata = Readonly<Record<string, string | null>>;

function secondValues(rows: ReadonlyMap<string, readonly CubeRow[]>): readonly string[] {
  return [...rows.values()].flat().map(({ values }) => values[1] ?? '');
}

async function namesBy(
  ids: readonly string[],
  find: (id: string) => Promise<Metadata>,
): Promise<ReadonlyMap<string, Metadata>> {
  const known = [...new Set(ids)].filter((id) => id !== '');
  return new Map(await Promise.all(known.map(async (id) => [id, await find(id)] as const)));
}

/** The names of keys and teams for breakdowns. */
class Names {
  constructor(
    private readonly keys: ReadonlyMap<string, Metadata>,
    private readonly teams: ReadonlyMap<string, Metadata>,
  ) {}

  /** Groups the rows of a day by their second value. Attempts that have none are left out. */
  breakdown(rows: readonly CubeRow[] = [], name: string): Breakdown {
    const entries: [string, BreakdownEntry][] = [];
    for (const [value, group] of Map.groupBy(rows, ({ values }) => values[1] ?? '')) {
      if (value === '') continue;
      const hasKeys = group.some(({ values }) => values.length > 2);
      entries.push([
        name === 'endpoints' ? (ENDPOINTS[value] ?? value) : value,
        {
          metrics: metricsOf(group),
          metadata: this.metadataOf(name, value),
          ...(hasKeys ? { api_key_breakdown: this.keysOf(group) } : {}),
        },
      ]);
    }
    return Object.fromEntries(entries);
  }

  private keysOf(group: readonly CubeRow[]): Breakdown {
    const entries = group
      .map((row) => ({ row, id: row.values[2] ?? '' }))
      .filter(({ id }) => id !== '')
      .map(({ row, id }) => [id, { metrics: metricsOf([row]), metadata: this.keys.get(id) ?? {} }]);
    return Object.fromEntries(entries) as Breakdown;
  }

  private metadataOf(name: string, value: string): Readonly<Record<string, string | null>> {
    if (name === 'api_keys') return this.keys.get(value) ?? {};
    return name === 'entities' ? (this.teams.get(value) ?? {}) : {};
  }
}

/** Of users every attempt counts, else those that have a subject of the kind. */
function onlyOf(entity: ActivityEntity): { readonly only?: ActivityEntity } {
  return entity === 'user' ? {} : { only: entity };
}

function metadataOf(
  rows: readonly CubeRow[],
  { page, pages }: { readonly page: number; readonly pages: number },
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
  };
}
