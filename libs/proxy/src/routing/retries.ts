import type { DeploymentSettings } from '#libs/config';
import type { AttemptFailure } from './attempt-failure.js';
import type { RetryLimit } from './retry-limits.js';

const FIRST_PAUSE_MS = 250;
/** Longest pause. A deployment that asks for a longer one is not asked again by the same call. */
const MAX_PAUSE_MS = 2_000;

/** Deployment and delay of the next attempt. */
export interface NextAttempt {
  readonly deployment: DeploymentSettings;
  /** Zero for a deployment that was not tried yet. */
  readonly pauseMs: number;
}

/** What decides about the attempts of a request. */
export interface AttemptRules {
  /** Chooses one of several deployments; `null` when all are left out now. */
  readonly choose: (candidates: readonly DeploymentSettings[]) => DeploymentSettings | null;
  readonly retryLimit: RetryLimit;
  /** Shortest pause before a deployment is tried again. */
  readonly leastPauseMs: number;
}

/**
 * The attempts of one request at the deployments of one group: each is tried once before any is tried again, after a pause that
 * doubles. After each failure its kind decides how many attempts may follow the first.
 */
export class Attempts {
  private candidates: readonly DeploymentSettings[];
  private untried: readonly DeploymentSettings[];
  private made = 0;
  /** Attempts that do not count as retries. */
  private uncounted = 0;
  /** By the last failure. */
  private limit = Infinity;

  /** @param deployments the group's, at least one */
  constructor(
    deployments: readonly DeploymentSettings[],
    private readonly rules: AttemptRules,
  ) {
    this.candidates = deployments;
    this.untried = deployments;
  }

  /** Number of attempts that followed the first, as far as they count as retries. */
  get retries(): number {
    return Math.max(0, this.made - this.uncounted - 1);
  }

  /** Notes another attempt at the last deployment that uses up no retry. */
  addUncounted(): void {
    this.made += 1;
    this.uncounted += 1;
  }

  /** The first attempt; `null` when every deployment is left out now. */
  first(): NextAttempt | null {
    return this.next(null);
  }

  /** The attempt that takes the place of one whose deployment is at a limit, so that it was not made; `null` when none is left. */
  insteadOf(deployment: DeploymentSettings): NextAttempt | null {
    this.exclude(deployment);
    this.made -= 1;
    return this.next(null);
  }

  /**
   * The attempt that follows a failed one; `null` when none is left.
   * @param deployment at which it failed
   */
  after(
    deployment: DeploymentSettings,
    { failure, requestedMs, mayRepeatHere, isFinal }: AttemptFailure,
  ): NextAttempt | null {
    if (isFinal) return null;
    this.limit = this.rules.retryLimit(deployment, failure);
    if (!mayRepeatHere || (requestedMs ?? 0) > MAX_PAUSE_MS) this.exclude(deployment);
    return this.next(requestedMs);
  }

  private exclude(deployment: DeploymentSettings): void {
    this.candidates = this.candidates.filter((one) => one !== deployment);
    this.untried = this.untried.filter((one) => one !== deployment);
  }

  private next(requestedMs: number | null): NextAttempt | null {
    if (this.made - this.uncounted > this.limit) return null;
    const fresh = this.rules.choose(this.untried);
    const chosen = fresh ?? this.rules.choose(this.candidates);
    if (chosen === null) return null;
    const pauseMs = fresh === null ? this.pauseMs(requestedMs) : 0;
    this.untried = this.untried.filter((one) => one !== chosen);
    this.made += 1;
    return { deployment: chosen, pauseMs };
  }

  private pauseMs(requestedMs: number | null): number {
    const doublings = Math.max(0, this.made - this.uncounted - this.candidates.length);
    const backOffMs = Math.min(FIRST_PAUSE_MS * 2 ** doublings, MAX_PAUSE_MS);
    return Math.max(requestedMs ?? backOffMs, this.rules.leastPauseMs);
  }
}
