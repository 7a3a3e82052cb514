import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '#libs/common';
import { Database } from '#libs/database';
import { SpendRecorder } from './recording/spend-recorder.js';
import { DAILY_TABLES, type DailyTable } from './ledger/daily-changes.js';
import { ASSUMED_ENDS, type AssumedEnds } from './ledger/assumed-ends.js';
import {
  dailyComparisonOf,
  type DailyComparison,
  type DailyDifference,
} from './ledger/daily-comparison.js';
import {
  WINDOW_COMPARISON,
  type WindowComparison,
  type WindowDifference,
} from './ledger/window-comparison.js';
import type { SpendScope } from './costs/call-records.js';

/** One total that does not equal the sum of its entries. Amounts are US dollars with twelve places. */
interface TotalDifference {
  readonly scope: SpendScope;
  readonly id: string;
  /** Spend according to the total. */
  readonly totalSpendUsd: string;
  /** Sum of the entries. */
  readonly entriesSpendUsd: string;
  /** Reserved amount according to the total. */
  readonly totalReservedUsd: string;
  /** Sum of the reserved amounts of open entries. */
  readonly entriesReservedUsd: string;
}

/** Result of a reconciliation; plain JSON. */
export interface ReconcileReport {
  /** ISO 8601. */
  readonly checkedAt: string;
  /** Entries that were added up, one per attempt. */
  readonly entries: number;
  /** Totals that were compared. */
  readonly totals: number;
  /** Rows of the roll-ups by day that were compared. */
  readonly rollUps: number;
  /** Sums of 15 minutes and windows of budgets that were compared. */
  readonly windows: number;
  /** Empty when everything adds up; of each roll-up and of the windows the first 100. */
  readonly differences: readonly (TotalDifference | DailyDifference | WindowDifference)[];
  /** Calls whose end never became known; they are not differences. */
  readonly assumedEnds: AssumedEnds;
}

/** Every entry once for each total that it counts for; the same rule as `eachTotal`. */
const BOOKINGS = `
  SELECT s.scope, s.id, e.cost_usd,
    CASE WHEN e.state = 'reserved' THEN e.reserved_usd ELSE 0 END AS reserved_usd
  FROM spend_entries e CROSS JOIN LATERAL (
    VALUES ('key', e.key_id), ('user', e.user_id), ('team', e.team_id),
      ('team_member', gatehouse_pair_id(e.team_id, e.user_id)), ('org', e.org_id),
      ('org_member', gatehouse_pair_id(e.org_id, e.user_id)), ('end_user', e.end_user_id)
    UNION ALL SELECT 'tag', t FROM jsonb_array_elements_text(coalesce(e.tags, '[]')) AS t
  ) AS s (scope, id)
  WHERE s.id IS NOT NULL`;

/** One statement, hence one snapshot: a flush that runs meanwhile is seen whole or not at all. */
const COMPARISON = `
  WITH sums AS (
    SELECT scope, id, sum(cost_usd) AS spend_usd, sum(reserved_usd) AS reserved_usd
    FROM (${BOOKINGS}) AS bookings GROUP BY scope, id),
  compared AS (
    SELECT scope, id,
      coalesce(t.spend_usd, 0) AS total_spend, coalesce(s.spend_usd, 0) AS entries_spend,
      coalesce(t.reserved_usd, 0) AS total_reserved, coalesce(s.reserved_usd, 0) AS entries_reserved
    FROM sums s FULL JOIN spend_totals t USING (scope, id))
  SELECT (SELECT count(*) FROM spend_entries)::int8::text AS entries,
    (SELECT count(*) FROM compared)::int8::text AS totals,
    (SELECT coalesce(json_agg(json_build_object(
        'scope', scope, 'id', id,
        'totalSpendUsd', total_spend::numeric(38,12)::text,
        'entriesSpendUsd', entries_spend::numeric(38,12)::text,
        'totalReservedUsd', total_reserved::numeric(38,12)::text,
        'entriesReservedUsd', entries_reserved::numeric(38,12)::text) ORDER BY scope, id), '[]')
      FROM compared
      WHERE total_spend <> entries_spend OR total_reserved <> entries_reserved) AS differences`;

interface ComparisonRow {
  readonly entries: string;
  readonly totals: string;
  readonly differences: TotalDifference[];
}

/** Proves that every total, every row of a roll-up and every window of a budget equals the sum of its entries. */
@Injectable()
export class Reconciler {
  private readonly logger = new Logger('Reconciler');

  constructor(
    private readonly database: Database,
    private readonly recorder: SpendRecorder,
    private readonly clock: Clock,
  ) {}

  /**
   * Adds up all entries and compares them with the totals, spend and reservations alike, with the roll-ups and with
   * the windows of budgets. What this
   * process or a dead one has in its journal is booked first.
   * @throws GatehouseError `database_unavailable`
   */
  async run(): Promise<ReconcileReport> {
    await this.recorder.flush();
    const [row] = await this.database.background<ComparisonRow[]>((unit) =>
      unit.manager.query(COMPARISON),
    );
    const daily = await this.compareDaily();
    const windows = await this.compareWindows();
    const [assumedEnds] = await this.database.background<AssumedEnds[]>((unit) =>
      unit.manager.query(ASSUMED_ENDS),
    );
    const report: ReconcileReport = {
      checkedAt: this.clock.now().toISOString(),
      entries: Number(row?.entries ?? 0),
      totals: Number(row?.totals ?? 0),
      rollUps: daily.reduce((sum, { rows }) => sum + Number(rows), 0),
      windows: Number(windows.rows),
      differences: [
        ...(row?.differences ?? []),
        ...daily.flatMap(({ differences }) => differences),
        ...windows.differences,
      ],
      assumedEnds: assumedEnds ?? { count: 0, entries: [] },
    };
    if (report.differences.length > 0) {
      this.logger.error(`${String(report.differences.length)} sums differ from their entries`);
    }
    return report;
  }

  private async compareWindows(): Promise<WindowComparison> {
    const [row] = await this.database.background<WindowComparison[]>((unit) =>
      unit.manager.query(WINDOW_COMPARISON),
    );
    return row ?? { rows: '0', differences: [] };
  }

  private async compareDaily(): Promise<DailyComparison[]> {
    const results: DailyComparison[] = [];
    for (const table of Object.keys(DAILY_TABLES) as DailyTable[]) {
      const rows = await this.database.background<DailyComparison[]>((unit) =>
        unit.manager.query(dailyComparisonOf(table)),
      );
      results.push(...rows);
    }
    return results;
  }
}
