import { cpus } from 'node:os';
import type { Sample } from '#bench/measure';
import type { Options } from '#bench/options';
import type { ProcessSample, Results } from '#bench/results';
import type { Scenario } from '#bench/scenarios';
import type { Spread } from '#bench/statistics';
import type { SubjectKind } from '#bench/subjects';

/** What a report is about. */
export interface Report {
  readonly results: Results;
  readonly subjects: readonly SubjectKind[];
  readonly scenarios: readonly Scenario[];
  readonly options: Options;
  /** Where the processes ran. */
  readonly placement: string;
}

/** Returns the results as Markdown. */
export function reportOf(report: Report): string {
  const sections = [head(report), cpuSection(report), latencySection(report)];
  sections.push(burstSection(report), processSection(report), absoluteSection(report));
  return sections.filter((section) => section !== '').join('\n');
}

/** Returns the CPU time of a call as a multiple of the raw relay's. */
export function cpuRatio(sample: Sample, raw: Sample): number | null {
  const { cpuMicrosPerCall: own } = sample;
  const { cpuMicrosPerCall: floor } = raw;
  return own === null || floor === null || floor === 0 ? null : own / floor;
}

function head({ options, placement }: Report): string {
  const { rounds, seconds } = options;
  const [cpu] = cpus();
  return `# Benchmark ${options.name}

${String(rounds)} interleaved ${rounds === 1 ? 'round' : 'rounds'}, ${String(seconds)} s per measurement; ${placement}.
Node.js ${process.version} on ${process.platform} ${process.arch}, ${String(cpus().length)} × ${cpu?.model ?? 'unknown processor'}.
Values are medians of the rounds, with the smallest and the largest round in brackets.
`;
}

function cpuSection({ results, subjects, scenarios }: Report): string {
  const gateways = subjects.slice(1);
  const rows = scenarios
    .filter(({ kind }) => kind === 'closed')
    .map(({ name, title }) => [
      title,
      show(
        results.spread(name, 'raw', (sample) => sample.cpuMicrosPerCall),
        ' µs',
        0,
      ),
      ...gateways.map((kind) => show(results.spread(name, kind.name, cpuRatio), '×', 2)),
    ]);
  return section('CPU per call, as a multiple of the raw relay', rows, [
    'load',
    'raw relay',
    ...gateways.map(({ title }) => title),
  ]);
}

function latencySection({ results, subjects, scenarios }: Report): string {
  const rows = scenarios
    .filter(({ kind }) => kind === 'rate')
    .flatMap(({ name, title }) =>
      (['p50', 'p99'] as const).map((share) => [
        `${title}, ${share}`,
        show(
          results.spread(name, 'raw', (sample) => sample[share]),
          ' ms',
          2,
        ),
        ...subjects.slice(1).map((kind) =>
          show(
            results.spread(name, kind.name, (own, raw) => own[share] - raw[share]),
            ' ms',
            2,
          ),
        ),
      ]),
    );
  return section('Latency added to that of the raw relay', rows, [
    'load',
    'raw relay, whole',
    ...subjects.slice(1).map(({ title }) => title),
  ]);
}

function burstSection({ results, subjects, scenarios }: Report): string {
  const rows = scenarios
    .filter(({ kind }) => kind === 'burst')
    .flatMap(({ name, title }) =>
      (['firstByteP50', 'firstByteP99'] as const).map((share) => [
        `${title}, ${share.slice(-3).toLowerCase()}`,
        ...subjects.map((kind) =>
          show(
            results.spread(name, kind.name, (sample) => sample[share]),
            ' ms',
            1,
          ),
        ),
      ]),
    );
  return section('First byte of streams', rows, ['load', ...subjects.map(({ title }) => title)]);
}

function processSection({ results, subjects }: Report): string {
  const measures: [string, string, (sample: ProcessSample) => number | null][] = [
    ['ready after the first start, empty data', ' s', ({ start }) => inSeconds(start?.first)],
    ['ready after a further start', ' s', ({ start }) => inSeconds(start?.again)],
    ['resident after all load', ' MB', ({ residentBytes }) => inMegabytes(residentBytes)],
  ];
  const rows = measures.map(([title, unit, value]) => [
    title,
    ...subjects.map((kind) =>
      show(results.processSpread(kind.name, value), unit, unit === ' s' ? 2 : 0),
    ),
  ]);
  return section('Start and memory', rows, ['', ...subjects.map(({ title }) => title)]);
}

function absoluteSection({ results, subjects, scenarios }: Report): string {
  const rows = scenarios
    .filter(({ kind }) => kind === 'closed')
    .map(({ name, title }) => [
      title,
      ...subjects.map((kind) => {
        const rate = results.spread(name, kind.name, (sample) => sample.callsPerSecond);
        const p50 = results.spread(name, kind.name, (sample) => sample.p50);
        const p99 = results.spread(name, kind.name, (sample) => sample.p99);
        return rate === null || p50 === null || p99 === null
          ? '–'
          : `${rate.median.toFixed(0)}/s, ${p50.median.toFixed(1)} / ${p99.median.toFixed(1)} ms`;
      }),
    ]);
  return section(
    'Calls per second and latency (p50 / p99) at full load, for this machine only',
    rows,
    ['load', ...subjects.map(({ title }) => title)],
  );
}

function inSeconds(milliseconds: number | undefined): number | null {
  return milliseconds === undefined ? null : milliseconds / 1000;
}

function inMegabytes(bytes: number | null): number | null {
  return bytes === null ? null : bytes / 1_000_000;
}

function show(spread: Spread | null, unit: string, digits: number): string {
  if (spread === null) return '–';
  const [median, min, max] = [spread.median, spread.min, spread.max].map((value) =>
    value.toFixed(digits),
  );
  const range = min === max ? '' : ` (${String(min)}–${String(max)})`;
  return `${String(median)}${unit}${range}`;
}

function section(title: string, rows: readonly string[][], columns: readonly string[]): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = line(columns.map((_, index) => (index === 0 ? '---' : '--:')));
  return [`## ${title}\n`, line(columns), rule, ...rows.map(line), ''].join('\n');
}
