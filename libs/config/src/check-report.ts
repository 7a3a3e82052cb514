import type { ConfigReportEntry, KeyStatus } from './diagnostics/config-diagnostics.js';
import type { LoadResult } from './load-settings.js';

const STATUSES: readonly KeyStatus[] = ['honoured', 'differs', 'ignored'];
const STATUS_WIDTH = Math.max(...STATUSES.map(({ length }) => length));

/**
 * What `gatehouse check` prints: the result, how each key of the file is treated, the current syntax of legacy keys,
 * every warning, and last every problem with its remedy, so that a terminal ends with what is to be done. Ends with a
 * line break. Holds no value of the file, except that the current syntax repeats the names of claims, issuers, routes and
 * scopes that it is made of, and that places name models and included files.
 * @param placeOf says where a path stands in the file; empty for nowhere
 */
export function formatCheckReport(
  result: LoadResult,
  placeOf: (path: string) => string = () => '',
): string {
  const problems = result.ok ? [] : result.problems;
  const { warnings } = result.ok ? result.settings : result;
  const placed = (path: string): string => {
    const place = placeOf(path);
    return place === '' ? path : `${path} (${place})`;
  };
  return [
    result.ok
      ? 'gatehouse: the configuration is accepted.'
      : `gatehouse: the configuration is refused: ${counted(problems.length, 'problem')}.`,
    ...titled(`Keys of the file: ${summary(result.report)}`, result.report.map(keyLine)),
    ...currentSyntaxLines(result),
    ...titled(
      'Warnings',
      warnings.map(({ path, message }) => `${placed(path)} ${message}`),
    ),
    ...titled('Problems', [
      ...problems.flatMap(({ path, message, remedy }) => [
        `${placed(path)} ${message}`,
        `  ${remedy}`,
      ]),
    ]),
    '',
  ].join('\n');
}

function currentSyntaxLines(result: LoadResult): string[] {
  if (!result.ok || result.currentSyntax === null) return [];
  const { of, lines } = result.currentSyntax;
  return titled(`Today’s form of ${of.join(' and ')}`, lines);
}

function titled(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

function keyLine({ path, status, note }: ConfigReportEntry): string {
  const end = note === '' ? '' : `: ${note}`;
  return `${status.padEnd(STATUS_WIDTH)}  ${path}${end}`;
}

function summary(report: readonly ConfigReportEntry[]): string {
  return STATUSES.map((status) => {
    const count = report.filter((entry) => entry.status === status).length;
    return `${String(count)} ${status}`;
  }).join(', ');
}

function counted(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}
