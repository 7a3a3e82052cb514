import { Injectable } from '@nestjs/common';
import { KeysService } from '#libs/keys';
import {
  SpendCube,
  type CubeDimension,
  type CubeFilter,
  type CubeLabel,
  type CubeRow,
  type CubeScope,
} from '#libs/spend';
import { TeamsService } from '#libs/teams';
import { metricsOf } from './activity-metrics.js';
import type { ActivityEntity } from './daily-activity.request.js';
import { listParts } from './json-stream.js';
import type { ReportDays } from './report-days.request.js';

/** Whose activity is shown, and on which days. */
export interface ActivityQuery extends ReportDays {
  readonly entity: ActivityEntity;
  readonly filter: CubeFilter;
}

/** LiteLLM's breakdowns and the dimensions behind them. */
const BREAKDOWNS = {
  models: 'model',
  model_groups: 'model_group',
  providers: 'provider',
  endpoints: 'call_type',
} as const satisfies Readonly<Record<string, CubeDimension>>;

/** Endpoints by LiteLLM's names of operations. */
const ENDPOINT_LABELS: readonly CubeLabel[] = Object.entries({
  acompletion: '/chat/completions',
  atext_completion: '/completions',
  aembedding: '/embeddings',
}).map(([value, name]) => ({ breakdown: 'endpoints', value, name }));

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
   * a filter alone: those of the whole gateway would be hundreds of thousands of values.
   * @param page from 1
   * @param size days of a page
   * @returns the parts of the JSON text
   * @throws GatehouseError `report_timeout`, `request_invalid`, `database_unavailable`
   */
  async page(query: ActivityQuery, page: number, size: number): Promise<Iterable<string>> {
    const all = await this.days(query);
    const shown = all.slice((page - 1) * size, page * size);
    const results = await this.results(query, shown, Object.keys(query.filter).length > 0);
    const metadata = metadataOf(shown, { page, pages: Math.ceil(all.length / size) });
    return documentOf(results, metadata);
  }

  /**
   * Every day at once, without the keys of each breakdown.
   * @returns the parts of the JSON text
   * @throws GatehouseError `report_timeout`, `request_invalid`, `database_unavailable`
   */
  async aggregated(query: ActivityQuery): Promise<Iterable<string>> {
    const all = await this.days(query);
    const results = await this.results(query, all, false);
    return documentOf(results, metadataOf(all, { page: 1, pages: 1 }));
  }

  /** Sums of the days, the last one first. */
  private async days({ entity, filter, from, to }: ActivityQuery): Promise<CubeRow[]> {
    const rows = await this.cube.sums({ groupBy: ['day'], filter, from, to, ...onlyOf(entity) });
    return rows.reverse();
  }

  private async results(
    { entity, filter }: ActivityQuery,
    days: readonly CubeRow[],
    hasKeys: boolean,
  ): Promise<string[]> {
    const [to, from] = [days[0]?.values[0], days.at(-1)?.values[0]];
    if (from === undefined || to === undefined) return [];
    const scope = { filter, from, to, ...onlyOf(entity) };
    const labels = await this.labelsOf(entity, scope);
    const breakdowns = { ...BREAKDOWNS, api_keys: 'key', entities: entity } as const;
    const rows = await this.cube.activity({ ...scope, breakdowns, hasKeys, labels });
    const byDay = Map.groupBy(rows, ({ day }) => day);
    return days.map((row) => {
      const date = row.values[0] ?? '';
      const texts = new Map(byDay.get(date)?.map(({ breakdown, json }) => [breakdown, json]));
      const members = Object.keys(breakdowns).map((name) => `"${name}":{${texts.get(name) ?? ''}}`);
      const metrics = JSON.stringify(metricsOf([row]));
      return `{"date":"${date}","metrics":${metrics},"breakdown":{"mcp_servers":{},${members.join(',')}}}`;
    });
  }

  /** What is known of keys and teams, and LiteLLM's names of operations. */
  private async labelsOf(entity: ActivityEntity, scope: CubeScope): Promise<CubeLabel[]> {
    const idsOf = async (dimension: 'key' | 'team'): Promise<string[]> => {
      const rows = await this.cube.sums({ ...scope, groupBy: [dimension] });
      return rows.map(({ values }) => values[0] ?? '').filter((id) => id !== '');
    };
    const keys = (await idsOf('key')).map(async (value): Promise<CubeLabel> => {
      const key = await this.keys.find(value);
      const metadata = { key_alias: key?.grant.alias ?? null, team_id: key?.teamId ?? null };
      return { breakdown: 'api_keys', value, metadata };
    });
    const teamIds = entity === 'team' ? await idsOf('team') : [];
    const teams = teamIds.map(async (value): Promise<CubeLabel> => {
      const team = await this.teams.find(value);
      return { breakdown: 'entities', value, metadata: { team_alias: team?.alias ?? null } };
    });
    return [...ENDPOINT_LABELS, ...(await Promise.all([...keys, ...teams]))];
  }
}

function documentOf(
  results: readonly string[],
  metadata: Readonly<Record<string, number | boolean>>,
): Iterable<string> {
  return listParts('{"results":[', results, `],"metadata":${JSON.stringify(metadata)}}`);
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
