/** One step as it went. */
export interface StepReport {
  readonly step: number;
  readonly title: string;
  readonly ok: boolean;
  /** HTTP status, `null` when no answer came. */
  readonly status: number | null;
  /** What to notice, or what did not hold. */
  readonly detail: string;
  readonly curl: string;
}

/** Prints what happens. */
export interface Teller {
  /** @param text a sentence for the reader; left out of JSON output */
  say(text: string): void;
  /** @param report one step */
  report(report: StepReport): void;
}

/** For people. */
export const PLAIN_TELLER: Teller = {
  say: (text) => process.stdout.write(`${text}\n`),
  report: ({ step, title, ok, status, detail, curl }) => {
    const mark = ok ? '✓' : '✗';
    process.stdout.write(
      `\n${mark} ${String(step)}. ${title}\n  ${String(status ?? 'no answer')}  ${detail}\n  ${curl}\n`,
    );
  },
};

/** For programs: one JSON object per step and nothing else. */
export const JSON_TELLER: Teller = {
  say: () => undefined,
  report: (report) => process.stdout.write(`${JSON.stringify(report)}\n`),
};
