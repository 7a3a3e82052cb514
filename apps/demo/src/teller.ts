/** One step as it went. */
export interface StepReport {
  readonly step: number;
  readonly title: string;
  readonly ok: boolean;
  /** HTTP status, `null` when no answer came. */
  readonly status: number | null;
  /** The point of the step, or the expectation that failed. */
  readonly detail: string;
  readonly curl: string;
}

/** Prints what happens. */
export interface Teller {
  /**
   * Tells something between the steps; left out of JSON output.
   * @param text a sentence for the reader
   */
  say(text: string): void;
  /** Tells how one step went. */
  report(report: StepReport): void;
}

/** For people. */
export const PLAIN_TELLER: Teller = { say: write, report: writeReport };

/** For programs: one JSON object per step and nothing else. */
export const JSON_TELLER: Teller = {
  say: ignore,
  report: writeJson,
};

function write(text: string): void {
  process.stdout.write(`${text}\n`);
}

function writeReport({ step, title, ok, status, detail, curl }: StepReport): void {
  const mark = ok ? '✓' : '✗';
  write(
    `\n${mark} ${String(step)}. ${title}\n  ${String(status ?? 'no answer')}  ${detail}\n  ${curl}`,
  );
}

function writeJson(report: StepReport): void {
  write(JSON.stringify(report));
}

function ignore(): void {
  // JSON output carries the steps alone.
}
