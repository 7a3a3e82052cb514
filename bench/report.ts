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
    .map(({ name, title, goal = '' }) => {
      const raw = results.spread(name, 'raw', (sample) => sample.cpuMicrosPerCall);
      const ratios = gateways.map((kind) => results.spread(name, kind.name, cpuRatio));
      return [title, show(raw, ' µs', 0), ...ratios.map((ratio) => show(ratio, '×', 2)), goal];
    });
  const columns = ['load', 'raw relay', ...gateways.map(({ title }) => title), 'goal'];
  return section('CPU per call, as a multiple of the raw relay', rows, columns);
}

function latencySection({ results, subjects, scenarios }: Report): string {
  const gateways = subjects.slice(1);
  const rows = scenarios
    .filter(({ kind }) => kind === 'rate')
    .flatMap(({ name, title, goal = '' }) =>
      (['p50', 'p99'] as const).map((share) => {
        const raw = results.spread(name, 'raw', (sample) => sample[share]);
        const added = gateways.map((kind) =>
          results.spread(name, kind.name, (own, floor) => own[share] - floor[share]),
        );
        const cells = [raw, ...added].map((spread) => show(spread, ' ms', 2));
        return [`${title}, ${share}`, ...cells, share === 'p50' ? goal : ''];
      }),
    );
  const columns = ['load', 'raw relay, whole', ...gateways.map(({ title }) => title), 'goal'];
  return section('Latency added to that of the raw relay', rows, columns);
}

function burstSection({ results, subjects, scenarios }: Report): string {
  const rows = scenarios
    .filter(({ kind }) => kind === 'burst')
    .flatMap(({ name, title, goal = '' }) =>
      (['firstByteP50', 'firstByteP99'] as const).map((share) => {
        const spreads = subjects.map((kind) =>
          results.spread(name, kind.name, (own) => own[share]),
        );
        const cells = spreads.map((spread) => show(spread, ' ms', 1));
        const isMedian = share === 'firstByteP50';
        return [`${title}, ${isMedian ? 'p50' : 'p99'}`, ...cells, isMedian ? goal : ''];
      }),
    );
  const columns = ['load', ...subjects.map(({ title }) => title), 'goal'];
  return section('First byte of streams', rows, columns);
}

interface ProcessRow {
  readonly title: string;
  readonly unit: ' s' | ' MB';
  readonly goal: string;
  readonly value: (sample: ProcessSample) => number | null;
}

const PROCESS_ROWS: readonly ProcessRow[] = [
  {
    title: 'ready after the first start, empty data',
    unit: ' s',
    goal: '≤ 1.5 s, embedded ≤ 3 s',
    value: ({ start }) => inSeconds(start?.first),
  },
  {
    title: 'ready after a further start',
    unit: ' s',
    goal: '≤ 1.5 s',
    value: ({ start }) => inSeconds(start?.again),
  },
  {
    title: 'resident after all load',
    unit: ' MB',
    goal: '≤ 200 MB, embedded ≤ 350 MB',
    value: ({ residentBytes }) => inMegabytes(residentBytes),
  },
];

function processSection({ results, subjects }: Report): string {
  const rows = PROCESS_ROWS.map(({ title, unit, goal, value }) => {
    const spreads = subjects.map((kind) => results.processSpread(kind.name, value));
    return [title, ...spreads.map((each) => show(each, unit, unit === ' s' ? 2 : 0)), goal];
  });
  return section('Start and memory', rows, ['', ...subjects.map(({ title }) => title), 'goal']);
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
