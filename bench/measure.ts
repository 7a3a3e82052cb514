import { LoadGenerator, type Calls, type Load } from '#bench/load';
import { cpuMicroseconds } from '#bench/processes';
import type { Rig } from '#bench/rig';
import { WARM_UP, type ClosedScenario, type Scenario } from '#bench/scenarios';
import type { Subject } from '#bench/subject';

/** What one scenario cost one subject in one round. */
export interface Sample {
  readonly calls: number;
  /** Together with the calls before the measurement. */
  readonly allCalls: number;
  /** `null` where it cannot be measured. */
  readonly cpuMicrosPerCall: number | null;
  readonly callsPerSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly firstByteP50: number;
  readonly firstByteP99: number;
}

/** Share of a measurement's time that is spent on calls before it, which are not counted. */
const WARM_UP_SHARE = 0.5;
/**
 * Least number of calls before the first measurement of a process, for each second of a measurement. The CPU time per call of
 * the gateway falls for some 25,000 calls, until everything is compiled and nothing is compiled twice; a server that runs for
 * days is measured after that. A fast process gets as many as the time allows.
 */
const WARM_UP_CALLS_PER_SECOND = 6000;
/** At a low rate a measurement takes longer, for the sake of its percentiles. */
const CALLS_OF_A_RATE = 100;
const COUNTED_CALLS = 200;

/** Has a fresh process compile what the calls need. */
export async function warmUp(rig: Rig, subject: Subject, seconds: number): Promise<void> {
  const generator = new LoadGenerator(subject.url);
  const calls = rig.callsFor(WARM_UP, subject);
  const count = WARM_UP_CALLS_PER_SECOND * seconds;
  const end = performance.now() + seconds * 1000;
  const isOver = (begun: number) => begun >= count && performance.now() >= end;
  await generator.closed(calls, WARM_UP.concurrency, isOver);
  generator.close();
}

/**
 * Measures one scenario.
 * @param seconds length of the measurement; less where new tokens run out, more at a low rate
 */
export async function measure(
  rig: Rig,
  subject: Subject,
  scenario: Scenario,
  seconds: number,
): Promise<Sample> {
  const generator = new LoadGenerator(subject.url);
  const calls = rig.callsFor(scenario, subject);
  try {
    switch (scenario.kind) {
      case 'closed':
        return await closed(generator, { calls, scenario, subject, seconds });
      case 'rate':
        return await fixedRate(generator, calls, scenario.rate, seconds);
      case 'burst':
        return await bursts(generator, calls, scenario.concurrency, seconds);
    }
  } finally {
    generator.close();
  }
}

/** Sends a small number of calls, without measuring, and returns how many. */
export async function sendCalls(rig: Rig, subject: Subject, scenario: Scenario): Promise<number> {
  const generator = new LoadGenerator(subject.url);
  const concurrency = scenario.kind === 'rate' ? 1 : scenario.concurrency;
  const calls = rig.callsFor(scenario, subject);
  const load = await generator.closed(calls, concurrency, (begun) => begun >= COUNTED_CALLS);
  generator.close();
  return load.calls;
}

interface ClosedRun {
  readonly calls: Calls;
  readonly scenario: ClosedScenario;
  readonly subject: Subject;
  readonly seconds: number;
}

/** Whole calls only: the CPU time is read before the first and after the last one. */
async function closed(generator: LoadGenerator, run: ClosedRun): Promise<Sample> {
  const { calls, subject, seconds } = run;
  const { concurrency } = run.scenario;
  const before = await forSeconds(generator, calls, concurrency, seconds * WARM_UP_SHARE);
  const wanted = Math.round((before.calls / before.seconds) * seconds);
  // Equal work on every connection, so that none is idle at the end; and a token that comes twice would not be new.
  const count = concurrency * Math.max(1, Math.floor(Math.min(wanted, calls.unsent) / concurrency));
  const cpuBefore = subject.pid === null ? null : cpuMicroseconds(subject.pid);
  const load = await generator.closed(calls, concurrency, (begun) => begun >= count);
  const cpuAfter = subject.pid === null ? null : cpuMicroseconds(subject.pid);
  const cpu = cpuBefore === null || cpuAfter === null ? null : cpuAfter - cpuBefore;
  const sample = sampleOf(load, cpu === null ? null : cpu / load.calls);
  return { ...sample, allCalls: before.calls + load.calls };
}

async function fixedRate(
  generator: LoadGenerator,
  calls: Calls,
  rate: number,
  seconds: number,
): Promise<Sample> {
  await generator.open(calls, rate, seconds * WARM_UP_SHARE);
  const enough = Math.max(seconds, (seconds / 4) * (CALLS_OF_A_RATE / rate));
  return sampleOf(await generator.open(calls, rate, enough), null);
}

/** The burst whose middle stream took the median time; the first burst opens the connections and is not counted. */
async function bursts(
  generator: LoadGenerator,
  calls: Calls,
  concurrency: number,
  seconds: number,
): Promise<Sample> {
  await generator.burst(calls, concurrency);
  const loads: Load[] = [];
  const end = performance.now() + seconds * 1000;
  do loads.push(await generator.burst(calls, concurrency));
  while (performance.now() < end);
  loads.sort((a, b) => a.firstByte.at(0.5) - b.firstByte.at(0.5));
  const middle = loads[Math.floor((loads.length - 1) / 2)];
  if (middle === undefined) throw new Error('no streams were opened');
  return sampleOf(middle, null);
}

function forSeconds(
  generator: LoadGenerator,
  calls: Calls,
  concurrency: number,
  seconds: number,
): Promise<Load> {
  const end = performance.now() + seconds * 1000;
  const most = calls.unsent / 3;
  return generator.closed(
    calls,
    concurrency,
    (begun) => begun >= most || (begun >= concurrency && performance.now() >= end),
  );
}

function sampleOf(load: Load, cpuMicrosPerCall: number | null): Sample {
  return {
    calls: load.calls,
    allCalls: load.calls,
    cpuMicrosPerCall,
    callsPerSecond: load.calls / load.seconds,
    p50: load.total.at(0.5),
    p99: load.total.at(0.99),
    firstByteP50: load.firstByte.at(0.5),
    firstByteP99: load.firstByte.at(0.99),
  };
}
