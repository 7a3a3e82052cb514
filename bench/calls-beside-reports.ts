import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { LoadGenerator } from '#bench/load';
import { warmUp } from '#bench/measure';
import { cpuMicroseconds } from '#bench/processes';
import type { Rig } from '#bench/rig';
import { SCENARIOS, type Scenario } from '#bench/scenarios';
import { Latencies, spreadOf } from '#bench/statistics';
import type { Subject } from '#bench/subject';

const CALLS_PER_SECOND = 50;
const ROUND_SECONDS = 10;
/** Rounds of each kind: every report is read twice at least in all of them. */
const ROUNDS = 12;
const WARM_UP_SECONDS = 5;

/** The calls of one round. */
interface Round {
  readonly calls: Latencies;
  /** Share of one processor that the gateway used, and PostgreSQL; NaN where it is not known. */
  readonly gateway: number;
  readonly postgres: number;
}

/**
 * Calls at a constant rate, in rounds with and without reports by turns, so that the noise of the machine falls on both. A report is
 * begun in each second of a round that has them.
 */
export class CallsBesideReports {
  private readonly rig: Rig;
  private readonly subject: Subject;
  private readonly scenario: Scenario;
  private firstReport = 0;

  constructor(rig: Rig, subject: Subject) {
    this.rig = rig;
    this.subject = subject;
    const scenario = SCENARIOS.find(({ kind }) => kind === 'rate');
    if (scenario === undefined) throw new Error('there is no load at a fixed rate');
    this.scenario = scenario;
  }

  /** Prints the latencies and returns by which share the p99 of all calls moved. */
  async measure(): Promise<number> {
    await warmUp(this.rig, this.subject, WARM_UP_SECONDS);
    await this.round();
    const alone: Round[] = [];
    const beside: Round[] = [];
    for (let count = 0; count < ROUNDS; count += 1) {
      alone.push(await this.round());
      beside.push(await this.besideReports());
    }
    console.log(
      `\n${String(CALLS_PER_SECOND)} calls per second, ${String(ROUNDS)} rounds of ${String(ROUND_SECONDS)} s of each kind by turns; ${String(this.firstReport)} reports were read:\n`,
    );
    console.log(
      '| calls | p50 ms | p99 ms | p99 of a round, median | least and most | gateway CPU % | PostgreSQL CPU % |',
    );
    console.log('| --- | --: | --: | --: | --: | --: | --: |');
    const before = print('without reports', alone);
    const after = print('beside reports', beside);
    const [odd, even] = [0, 1].map((rest) => p99Of(alone.filter((_, at) => at % 2 === rest)));
    console.log(
      `\nBy chance alone: without reports the p99 was ${fixed(odd)} ms in every second round and ${fixed(even)} ms in the others.`,
    );
    return after / before - 1;
  }

  private async besideReports(): Promise<Round> {
    const workerData = { url: this.subject.url.origin, first: this.firstReport };
    const reader = new Worker(new URL('reports-reader.ts', import.meta.url), { workerData });
    const round = await this.round();
    reader.postMessage('stop');
    [this.firstReport] = (await once(reader, 'message')) as [number];
    await reader.terminate();
    return round;
  }

  private async round(): Promise<Round> {
    const generator = new LoadGenerator(this.subject.url);
    const used = this.cpuUsed();
    const { total, seconds } = await generator.open(
      this.rig.callsFor(this.scenario, this.subject),
      CALLS_PER_SECOND,
      ROUND_SECONDS,
    );
    const [gateway = NaN, postgres = NaN] = this.cpuUsed().map(
      (now, at) => (now - (used[at] ?? NaN)) / 1e6 / seconds,
    );
    generator.close();
    return { calls: total, gateway, postgres };
  }

  /** Microseconds of the gateway and of PostgreSQL so far. */
  private cpuUsed(): readonly number[] {
    return [this.subject.pid, this.rig.postgres?.pid() ?? null].map(
      (pid) => (pid === null ? null : cpuMicroseconds(pid)) ?? NaN,
    );
  }
}

function p99Of(rounds: readonly Round[]): number {
  return Latencies.together(rounds.map(({ calls }) => calls)).at(0.99);
}

/** Prints the rounds of one kind and returns the p99 of all their calls. */
function print(what: string, rounds: readonly Round[]): number {
  const all = Latencies.together(rounds.map(({ calls }) => calls));
  const p99 = spreadOf(rounds.map(({ calls }) => calls.at(0.99)));
  const percent = (share: (round: Round) => number): string =>
    fixed((spreadOf(rounds.map(share))?.median ?? NaN) * 100);
  const cells = [
    what,
    fixed(all.at(0.5)),
    fixed(all.at(0.99)),
    fixed(p99?.median),
    `${fixed(p99?.min)} – ${fixed(p99?.max)}`,
    percent(({ gateway }) => gateway),
    percent(({ postgres }) => postgres),
  ];
  console.log(`| ${cells.join(' | ')} |`);
  return all.at(0.99);
}

function fixed(value = NaN): string {
  return value.toFixed(1);
}
