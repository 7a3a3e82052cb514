import { Injectable } from '@nestjs/common';
import { SpendCube, type CubeFilter, type CubeRow } from '#libs/spend';
import type { ReportDays } from './report-days.request.js';
import { dimensionsOf, type Facet } from './spend-report.request.js';
import type { Columns, TableRow } from './report.js';

/** A report: its groups, its days and whose spend it adds up. */
export interface ReportQuery extends ReportDays {
  readonly facets: readonly Facet[];
  readonly filter: CubeFilter;
}

/** One page of groups, in the order of their values. */
export interface ReportPage {
  readonly rows: readonly TableRow[];
  /** Values of the last group when there are more; `null` on the last page. */
  readonly next: readonly string[] | null;
}

/** Sums of each group, as columns of a report. */
const SUM_COLUMNS: Columns = {
  spend: 'usd',
  input_tokens: 'number',
  cached_input_tokens: 'number',
  cache_write_tokens: 'number',
  output_tokens: 'number',
  requests: 'number',
  successful_requests: 'number',
  failed_requests: 'number',
};

/** Returns the columns of a report by some facets. */
export function columnsOf(facets: readonly Facet[]): Columns {
  return { ...Object.fromEntries(facets.map((facet) => [facet, 'text' as const])), ...SUM_COLUMNS };
}

const EXPORT_PAGE = 5_000;

/** Reports by any two dimensions. */
@Injectable()
export class SpendReports {
  constructor(private readonly cube: SpendCube) {}

  /**
   * One page.
   * @param after values of the last group of the page before
   * @throws GatehouseError `report_timeout`, `database_unavailable`
   */
  async page(
    { facets, filter, from, to }: ReportQuery,
    size: number,
    after: readonly string[] | null,
  ): Promise<ReportPage> {
    const rows = await this.cube.sums({
      groupBy: dimensionsOf(facets),
      filter,
      from,
      to,
      limit: size + 1,
      ...(after === null ? {} : { after }),
    });
    const shown = rows.slice(0, size);
    return {
      rows: shown.map((row) => rowOf(facets, row)),
      next: rows.length > size ? (shown.at(-1)?.values ?? null) : null,
    };
  }

  /**
   * Every page, one after the other.
   * @throws GatehouseError `report_timeout`, `database_unavailable`
   */
  async *pages(query: ReportQuery): AsyncGenerator<readonly TableRow[]> {
    let after: readonly string[] | null = null;
    do {
      const page: ReportPage = await this.page(query, EXPORT_PAGE, after);
      yield page.rows;
      after = page.next;
    } while (after !== null);
  }
}

/** A group of attempts that have none of a facet has `null` there. */
function rowOf(facets: readonly Facet[], row: CubeRow): TableRow {
  const groups = facets.map((facet, index) => {
    const value = row.values[index] ?? '';
    return [facet, value === '' ? null : value] as const;
  });
  return {
    ...Object.fromEntries(groups),
    spend: row.spend,
    input_tokens: row.inputTokens,
    cached_input_tokens: row.cachedInputTokens,
    cache_write_tokens: row.cacheWriteTokens,
    output_tokens: row.outputTokens,
    requests: row.requests,
    successful_requests: row.successfulRequests,
    failed_requests: row.requests - row.successfulRequests,
  };
}
