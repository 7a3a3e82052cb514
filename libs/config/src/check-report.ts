import type { ConfigReportEntry, KeyStatus } from './findings.js';
import type { LoadResult } from './load-settings.js';

const STATUSES: readonly KeyStatus[] = ['honoured', 'differs', 'ignored'];
const STATUS_WIDTH = Math.max(...STATUSES.map(({ length }) => length));

/**
 * What `gatehouse check` prints: the verdict, every problem with its remedy, every warning, and how
 * each key of the file is treated. Ends with a line break; holds no value of the file.
 * @param result what loading gave
 */
export function formatCheckReport(result: LoadResult): string {
  const problems = result.ok ? [] : result.problems;
  const { warnings } = result.ok ? result.settings : result;
  return [
    result.ok
      ? 'gatehouse: the configuration is accepted.'
      : `gatehouse: the configuration is refused: ${counted(problems.length, 'problem')}.`,
    ...titled('Problems', [
      ...problems.flatMap(({ path, message, remedy }) => [`${path} ${message}`, `  ${remedy}`]),
    ]),
    ...titled(
      'Warnings',
      warnings.map(({ path, message }) => `${path} ${message}`),
    ),
    ...titled(`Keys of the file: ${summary(result.report)}`, result.report.map(keyLine)),
    '',
  ].join('\n');
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
