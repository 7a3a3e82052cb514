import { Injectable } from '@nestjs/common';
import { formatUsd, parseUsd, usdNumber } from '#libs/common';
import { SpendCube, type CubeRow, type CubeScope } from '#libs/spend';
import { TeamsService } from '#libs/teams';
import { sumOf } from './activity-metrics.js';
import { NO_TEAM } from './global-report.js';
import type { ReportDays } from './report-days.request.js';
import { jsonRowOf, onePage, Report, type Columns, type TableRow } from './report.js';

const COLUMNS: Columns = { team_id: 'text', team_alias: 'text', total_spend: 'usd' };

/** What teams have spent, with their names. */
@Injectable()
export class TeamSpend {
  constructor(
    private readonly cube: SpendCube,
    private readonly teams: TeamsService,
  ) {}

  /** What teams spent on each day and altogether. The file has the latter. */
  report(days: ReportDays & Pick<CubeScope, 'filter'>): Report {
    return new Report(
      async () => {
        const { byDay, totals, names } = await this.read(days);
        return {
          daily_spend: [...byDay].map(([date, ofDay]) => dayOf(date, ofDay, names)),
          teams: totals.map(({ team_alias: alias }) => alias),
          total_spend_per_team: totals.map((row) => jsonRowOf(COLUMNS, row)),
        };
      },
      {
        name: 'global-spend-by-team',
        columns: COLUMNS,
        pages: () => onePage(this.read(days).then(({ totals }) => totals)),
      },
    );
  }

  /** Names of the teams of a report, and of spend without one. */
  async namesIn(scope: CubeScope): Promise<ReadonlyMap<string, string>> {
    const rows = await this.cube.sums({ ...scope, groupBy: ['team'] });
    const names = await this.names(rows.map(({ values }) => values[0] ?? ''));
    return new Map([...names, ['', NO_TEAM]]);
  }

  /** Aliases of teams by id; the id where a team has none, or is gone. */
  async names(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const known = [...new Set(ids)].filter((id) => id !== '');
    const teams = await Promise.all(known.map((id) => this.teams.find(id)));
    return new Map(known.map((id, index) => [id, teams[index]?.alias ?? id]));
  }

  /** Teams by spend, the largest first, and the rows of each day. */
  private async read(days: ReportDays & Pick<CubeScope, 'filter'>): Promise<{
    readonly byDay: ReadonlyMap<string, readonly CubeRow[]>;
    readonly totals: readonly TableRow[];
    readonly names: ReadonlyMap<string, string>;
  }> {
    const rows = await this.cube.sums({ ...days, groupBy: ['day', 'team'], only: 'team' });
    const byTeam = Map.groupBy(rows, ({ values }) => values[1] ?? '');
    const names = await this.names([...byTeam.keys()]);
    const totals = [...byTeam]
      .map(([id, ofTeam]) => ({ id, spend: sumOf(ofTeam).spend }))
      .sort((a, b) => (a.spend < b.spend ? 1 : -1))
      .map(({ id, spend }) => ({
        team_id: id,
        team_alias: names.get(id) ?? id,
        total_spend: formatUsd(spend),
      }));
    return { byDay: Map.groupBy(rows, ({ values }) => values[0] ?? ''), totals, names };
  }
}

function dayOf(date: string, rows: readonly CubeRow[], names: ReadonlyMap<string, string>): object {
  const spend = rows.map((row) => [names.get(row.values[1] ?? ''), usdNumber(parseUsd(row.spend))]);
  return { ...(Object.fromEntries(spend) as object), date };
}
