/** A server that is measured. */
export interface Subject {
  readonly url: URL;
  /** Whether it checks callers at all. */
  readonly isGateway: boolean;
  /** Process whose CPU time and memory are measured, with its descendants; `null` where it is unknown. */
  readonly pid: number | null;
  /** Milliseconds from spawning it to its readiness, on empty data and on data of a former start; without, `null`. */
  readonly startMs: { readonly first: number; readonly again: number } | null;
  stop(): Promise<void>;
}
