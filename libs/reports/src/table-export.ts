import { StreamableFile } from '@nestjs/common';
import { Readable } from 'node:stream';
import type { ReportFormat } from './report-format.js';
import type { Columns, ReportFile, TableRow } from './report.js';

type FileFormat = Exclude<ReportFormat, 'json'>;

const CONTENT_TYPES: Readonly<Record<FileFormat, string>> = {
  csv: 'text/csv; charset=utf-8; header=present',
  jsonl: 'application/jsonl; charset=utf-8',
};

/** A spreadsheet runs a text that begins so as a formula (OWASP, "CSV injection"). */
const FORMULA = /^[=+\-@\t\r\n]/;

/**
 * Returns the file of a report, which is made no faster than the client reads. The first page is read before, so that a refusal
 * is still a response; a failure behind it breaks the connection, so that the client cannot take the file for whole.
 * @throws what the first page throws
 */
export async function fileOf(
  { name, columns, pages }: ReportFile,
  format: FileFormat,
): Promise<StreamableFile> {
  const rest = pages();
  const first = await rest.next();
  const text = exportText(format, columns, behind(first, rest));
  return new StreamableFile(Readable.from(text), {
    type: CONTENT_TYPES[format],
    disposition: `attachment; filename="${name}.${format}"`,
  });
}

/** Text of a file, page by page. The first line of a CSV file has the names of the columns. */
async function* exportText(
  format: FileFormat,
  columns: Columns,
  pages: AsyncIterable<readonly TableRow[]>,
): AsyncGenerator<string> {
  const names = Object.keys(columns);
  if (format === 'csv') yield `${names.map(quoted).join(',')}\r\n`;
  for await (const page of pages) {
    const lines = page.map((row) =>
      format === 'csv'
        ? `${names.map((name) => csvCell(row[name] ?? null, columns[name] === 'text')).join(',')}\r\n`
        : `${JSON.stringify(Object.fromEntries(names.map((name) => [name, row[name] ?? null])))}\n`,
    );
    if (lines.length > 0) yield lines.join('');
  }
}

/** One cell of a CSV file (RFC 4180). Text is quoted and no formula for a spreadsheet, amounts and numbers are bare. */
function csvCell(value: string | number | null, isText: boolean): string {
  if (value === null) return '';
  return isText ? quoted(FORMULA.test(String(value)) ? `'${value}` : String(value)) : String(value);
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

async function* behind<T>(first: IteratorResult<T>, rest: AsyncGenerator<T>): AsyncGenerator<T> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}
