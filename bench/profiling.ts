import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Profiler } from '#bench/profiler';
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
      const counts = await count(profiler, () => sendCalls(rig, subject, scenario));
      profiler.close();
      const file = join(options.out, `${options.name}-${scenario.name}`);
      const tables = `${counts}\n\n${profileTables(profile, sample.allCalls)}`;
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

/** Returns what a call takes: files, calls of functions and promises. */
async function count(profiler: Profiler, send: () => Promise<number>): Promise<string> {
  await profiler.beginCounting();
  const calls = await send();
  const { files, functionCalls } = await profiler.endCounting();
  await profiler.beginCountingPromises();
  const laterCalls = await send();
  const promises = await profiler.endCountingPromises();
  return `Counted in ${String(calls)} calls: ${String(files)} files entered; ${(functionCalls / calls).toFixed(1)} calls of functions and ${(promises / laterCalls).toFixed(1)} promises per call.`;
}
