import { measure, warmUp } from '#bench/measure';
import type { Options } from '#bench/options';
import { residentBytes } from '#bench/processes';
import { Results } from '#bench/results';
import type { Rig } from '#bench/rig';
import type { Scenario } from '#bench/scenarios';
import type { Subject } from '#bench/subject';
import type { SubjectKind } from '#bench/subjects';

/** What is measured with what. */
export interface Run {
  readonly rig: Rig;
  readonly subjects: readonly SubjectKind[];
  readonly scenarios: readonly Scenario[];
  readonly options: Options;
  /** Reports how far the run is. */
  say(text: string): void;
}

/**
 * Measures every scenario on every subject. Each round starts fresh processes and takes the subjects of a scenario one
 * after the other, so that what a machine does besides falls on all of them alike.
 */
export async function runRounds(run: Run): Promise<Results> {
  const results = new Results();
  for (let round = 1; round <= run.options.rounds; round++) {
    run.say(`round ${String(round)} of ${String(run.options.rounds)}`);
    await runRound(run, results);
  }
  return results;
}

async function runRound(run: Run, results: Results): Promise<void> {
  const { rig, scenarios, subjects, options } = run;
  const started: { kind: SubjectKind; subject: Subject }[] = [];
  try {
    for (const kind of subjects) {
      const subject = await kind.start(rig);
      started.push({ kind, subject });
      await warmUp(rig, subject, options.seconds);
    }
    for (const scenario of scenarios) {
      for (const { kind, subject } of started) {
        if (!kind.scenarios.includes(scenario.on)) continue;
        const sample = await measure(rig, subject, scenario, options.seconds);
        results.add(scenario.name, kind.name, sample);
        const { cpuMicrosPerCall } = sample;
        const cpu =
          cpuMicrosPerCall === null ? '' : `${cpuMicrosPerCall.toFixed(0)} µs of CPU per call, `;
        run.say(
          `  ${scenario.name} ${kind.name}: ${cpu}p50 ${sample.p50.toFixed(2)} ms, ${sample.callsPerSecond.toFixed(0)} calls/s`,
        );
      }
    }
    for (const { kind, subject } of started) {
      const resident = subject.pid === null ? null : residentBytes(subject.pid);
      results.addProcess(kind.name, { start: subject.startMs, residentBytes: resident });
    }
  } finally {
    for (const { subject } of started) await subject.stop();
  }
}
