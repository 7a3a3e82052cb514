import type { Sample } from '#bench/measure';
import { spreadOf, type Spread } from '#bench/statistics';
import type { Subject } from '#bench/subject';

/** What was measured of a process of one round, besides its calls. */
export interface ProcessSample {
  readonly start: Subject['startMs'];
  /** After all load of the round; `null` where it cannot be measured. */
  readonly residentBytes: number | null;
}

/** What was measured, by scenario, subject and round. */
export class Results {
  private readonly samples = new Map<string, Sample[]>();
  private readonly processes = new Map<string, ProcessSample[]>();

  /** Adds the next round's sample. */
  add(scenario: string, subject: string, sample: Sample): void {
    const key = `${scenario}/${subject}`;
    this.samples.set(key, [...(this.samples.get(key) ?? []), sample]);
  }

  /** Adds the next round's process. */
  addProcess(subject: string, sample: ProcessSample): void {
    this.processes.set(subject, [...(this.processes.get(subject) ?? []), sample]);
  }

  /** Returns the spread over the rounds of a value of a subject and the raw relay in the same round. */
  spread(
    scenario: string,
    subject: string,
    value: (sample: Sample, raw: Sample) => number | null,
  ): Spread | null {
    const raws = this.samples.get(`${scenario}/raw`) ?? [];
    const own = this.samples.get(`${scenario}/${subject}`) ?? [];
    const values = own.map((sample, round) => {
      const raw = raws[round];
      return raw === undefined ? null : value(sample, raw);
    });
    return spreadOf(values.filter((each) => each !== null));
  }

  /** Returns the spread over the rounds of a value of a subject's process. */
  processSpread(subject: string, value: (sample: ProcessSample) => number | null): Spread | null {
    const values = (this.processes.get(subject) ?? []).map(value);
    return spreadOf(values.filter((each) => each !== null));
  }
}
