import { Injectable } from '@nestjs/common';
import type { AccessContext } from '#libs/access';
import {
  SpendCube,
  type CubeDimension,
  type CubeFilter,
  type CubeRow,
  type CubeScope,
} from '#libs/spend';
import { ReportScope } from './report-scope.service.js';
import { jsonRowOf, Report, type Columns, type TableRow } from './report.js';

/** Rows of the database at once, for a file. */
const PAGE = 2_000;

/** Groups whose sums make rows. */
export interface ListQuery extends CubeScope {
  readonly groupBy: readonly CubeDimension[];
}

type RowsOf = (rows: readonly CubeRow[]) => readonly TableRow[] | Promise<readonly TableRow[]>;

/** A list of groups. */
export interface List {
  /** Name of its file. */
  readonly name: string;
  readonly columns: Columns;
  readonly rowsOf: RowsOf;
  /** The JSON around its rows; they alone without it. */
  readonly frame?: (rows: readonly object[]) => object;
}

/** How many rows the JSON of a list has, and its file where the request states it. */
interface Limit {
  readonly stated?: number | undefined;
  readonly usual: number;
}

/** Lists of what groups have spent. */
@Injectable()
export class ReportLists {
  constructor(
    private readonly cube: SpendCube,
    private readonly scope: ReportScope,
  ) {}

  /**
   * The part of a filter that the caller may see; see {@link ReportScope.confine}.
   * @throws GatehouseError `route_not_allowed`, `database_unavailable`
   */
  visible(access: AccessContext, asked: CubeFilter): Promise<CubeFilter> {
    return this.scope.confine(access, asked);
  }

  /**
   * Groups by spend, the largest first. A file without a stated limit has all of them, in the order of their values.
   * @throws GatehouseError `report_timeout`, `database_unavailable`, when it is made
   */
  largest(query: ListQuery, { stated, usual }: Limit, list: List): Report {
    const { name, columns, rowsOf, frame = (rows) => rows } = list;
    const rows = async (): Promise<readonly TableRow[]> =>
      rowsOf(await this.cube.sums({ ...query, order: 'spend', limit: stated ?? usual }));
    return new Report(async () => frame((await rows()).map((row) => jsonRowOf(columns, row))), {
      name,
      columns,
      pages: () => this.pages(query, rowsOf, stated),
    });
  }

  /**
   * Every group in the order of its values.
   * @throws GatehouseError `report_timeout`, `database_unavailable`, when it is made
   */
  inOrder(query: ListQuery, { name, columns, rowsOf }: List): Report {
    const json = async (): Promise<object[]> =>
      (await rowsOf(await this.cube.sums(query))).map((row) => jsonRowOf(columns, row));
    return new Report(json, { name, columns, pages: () => this.pages(query, rowsOf) });
  }

  /**
   * Rows of every group, page by page, in the order of their values; with a limit, those of the groups with the largest spend.
   * @throws GatehouseError `report_timeout`, `database_unavailable`
   */
  async *pages(
    query: ListQuery,
    rowsOf: RowsOf,
    limit?: number,
  ): AsyncGenerator<readonly TableRow[]> {
    if (limit !== undefined) {
      yield rowsOf(await this.cube.sums({ ...query, order: 'spend', limit }));
      return;
    }
    let after: readonly string[] | undefined;
    do {
      const rows: CubeRow[] = await this.cube.sums({
        ...query,
        limit: PAGE,
        ...(after !== undefined && { after }),
      });
      yield rowsOf(rows);
      after = rows.length < PAGE ? undefined : rows.at(-1)?.values;
    } while (after !== undefined);
  }
}
