import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Profiler, type Counts } from '#bench/inspector';
import { measure, sendCalls, warmUp } from '#bench/measure';
import type { Options } from '#bench/options';
import { profileTables } from '#bench/profile';
import type { Rig } from '#bench/rig';
import type { Scenario } from '#bench/scenarios';
import type { SubjectKind } from '#bench/subjects';
import { freePort } from '#support/free-port';

/** Writes a CPU profile of the gateway under each scenario's load and prints its tables. */
export async function writeProfiles(
  rig: Rig,
  kind: SubjectKind,
  scenarios: readonly Scenario[],
  options: Options,
): Promise<void> {
  const port = await freePort();
  const subject = await kind.start(rig, [`--inspect=127.0.0.1:${port}`]);
  try {
    await warmUp(rig, subject, options.seconds * 2);
    for (const scenario of scenarios) {
      const profiler = await Profiler.connect(port);
      await measure(rig, subject, scenario, options.seconds);
      await profiler.begin();
      const sample = await measure(rig, subject, scenario, options.seconds);
      const profile = await profiler.end();
      await profiler.beginCounting();
      const counted = await sendCalls(rig, subject, scenario);
      const counts = await profiler.endCounting();
      profiler.close();
      const file = join(options.out, `${options.name}-${scenario.name}`);
      const tables = `${countsLine(counts, counted)}\n\n${profileTables(profile, sample.allCalls)}`;
      writeFileSync(`${file}.cpuprofile`, JSON.stringify(profile));
      writeFileSync(`${file}.profile.md`, tables);
      console.log(
        `\n## ${scenario.title}: ${kind.title}\n\n${tables}\nwritten to ${file}.cpuprofile`,
      );
    }
  } finally {
    await subject.stop();
  }
}

function countsLine({ files, functionCalls, promises }: Counts, calls: number): string {
  const perCall = (count: number) => (count / calls).toFixed(1);
  return `Counted in ${String(calls)} calls: ${String(files)} files entered; ${perCall(functionCalls)} calls of functions and ${perCall(promises)} promises per call.`;
}
