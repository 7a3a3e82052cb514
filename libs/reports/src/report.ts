import { parseUsd, usdNumber } from '#libs/common';

/** What a column holds: text, which a client may have chosen, US dollars as an exact decimal string, or a number. */
type ColumnKind = 'text' | 'usd' | 'number';

/** The columns of a table by their names, in order. */
export type Columns = Readonly<Record<string, ColumnKind>>;

/** A row of a table: a value of each of its columns. */
export type TableRow = Readonly<Record<string, string | number | null>>;

/** A report as a file. */
export interface ReportFile {
  /** Without an ending. */
  readonly name: string;
  readonly columns: Columns;
  /** Every row, in a stable order, page by page. */
  readonly pages: () => AsyncGenerator<readonly TableRow[]>;
}

/** A report in both of its forms, of which only the one that is asked for is made. */
export class Report {
  /** @param json the JSON of its route, or its text as {@link JsonParts} */
  constructor(
    readonly json: () => Promise<unknown>,
    readonly file: ReportFile,
  ) {}
}

/** JSON that is written already. */
export class JsonParts {
  constructor(readonly parts: Iterable<string>) {}
}

/** Returns a row as a member of a JSON list: amounts are the nearest numbers. */
export function jsonRowOf(columns: Columns, row: TableRow): object {
  const members = Object.entries(row).map(([name, value]) => [
    name,
    columns[name] === 'usd' && typeof value === 'string' ? usdNumber(parseUsd(value)) : value,
  ]);
  return Object.fromEntries(members) as object;
}

/** The pages of a table that is known as a whole. */
export async function* onePage(
  rows: Promise<readonly TableRow[]> | readonly TableRow[],
): AsyncGenerator<readonly TableRow[]> {
  yield await rows;
}
