import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** The formats of an export. */
export const EXPORT_FORMATS = ['csv', 'jsonl'] as const;

/** How an export is written. */
type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** A cell: text, which a client may have chosen, or a number of ours. */
type Cell = string | number | boolean | null;

/** Rows of a table, all with the same members. */
export type TableRow = Readonly<Record<string, Cell>>;

const CONTENT_TYPES: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8; header=present',
  jsonl: 'application/jsonl; charset=utf-8',
};

/** A spreadsheet runs a text that begins so as a formula (OWASP, "CSV injection"). */
const FORMULA = /^[=+\-@\t\r\n]/;
/** An amount of ours. */
const NUMBER = /^-?\d+(?:\.\d+)?$/;

/** One cell of a CSV file (RFC 4180), which no spreadsheet takes for a formula. */
function csvCell(value: Cell): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const text = FORMULA.test(value) && !NUMBER.test(value) ? `'${value}` : value;
  return `"${text.replaceAll('"', '""')}"`;
}

/**
 * Text of an export, page by page.
 * @param columns names of the members, in order; also the first line of a CSV file
 */
async function* exportText(
  format: ExportFormat,
  columns: readonly string[],
  pages: AsyncIterable<readonly TableRow[]>,
): AsyncGenerator<string> {
  if (format === 'csv') yield `${columns.map(csvCell).join(',')}\r\n`;
  for await (const page of pages) {
    const lines = page.map((row) =>
      format === 'csv'
        ? `${columns.map((name) => csvCell(row[name] ?? null)).join(',')}\r\n`
        : `${JSON.stringify(row)}\n`,
    );
    if (lines.length > 0) yield lines.join('');
  }
}

/** What an export is sent with. */
export interface ExportTarget {
  readonly format: ExportFormat;
  /** Without an ending. */
  readonly fileName: string;
  readonly columns: readonly string[];
}

/**
 * Streams an export no faster than the client reads. The first page is read before the first byte, so that a refusal is still an
 * answer; a failure behind it breaks the connection, so that the client cannot take the file for whole.
 * @throws what the first page throws
 */
export async function sendExport(
  response: ServerResponse,
  { format, fileName, columns }: ExportTarget,
  pages: AsyncGenerator<readonly TableRow[]>,
): Promise<void> {
  const first = await pages.next();
  response.setHeader('content-type', CONTENT_TYPES[format]);
  response.setHeader('content-disposition', `attachment; filename="${fileName}.${format}"`);
  const text = exportText(format, columns, behind(first, pages));
  await pipeline(Readable.from(text), response);
}

async function* behind<T>(first: IteratorResult<T>, rest: AsyncGenerator<T>): AsyncGenerator<T> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}
