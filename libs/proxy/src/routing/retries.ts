import type { IncomingHttpHeaders } from 'node:http';
import type { DeploymentSettings } from '#libs/config';

const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);
const FIRST_PAUSE_MS = 250;
/** A deployment that asks for a longer pause is not asked again; its answer goes to the client. */
const MAX_PAUSE_MS = 2_000;

/** Deployment and delay of the next attempt. */
export interface NextAttempt {
  readonly deployment: DeploymentSettings;
  /** Zero for a deployment that was not tried yet. */
  readonly pauseMs: number;
}

/**
 * Tells whether an answer may be followed by another attempt. `x-should-retry: false` is OpenAI's way to
 * say that it would be pointless.
 * @param status the upstream's status
 * @param headers the upstream's headers
 */
export function isRetryableResponse(status: number, headers: IncomingHttpHeaders): boolean {
  return RETRYABLE_STATUSES.has(status) && headers['x-should-retry'] !== 'false';
}

/**
 * The pause that a failed answer asks for, in milliseconds; `null` when it names none in seconds.
 * @param headers the upstream's headers
 */
export function requestedPauseMs(headers: IncomingHttpHeaders): number | null {
  const value = headers['retry-after'];
  return value !== undefined && /^\d{1,6}$/.test(value) ? Number(value) * 1_000 : null;
}

/**
 * The attempts of one request: every deployment of the group once in weighted random order, and when all
 * were tried the same ones again after a pause that doubles. At most one attempt and `numRetries` more.
 */
export class Attempts {
  private candidates: readonly DeploymentSettings[];
  private untried: readonly DeploymentSettings[];
  private made = 0;
  /** Attempts that do not count as retries. */
  private uncounted = 0;

  /**
   * @param deployments the group's, at least one
   * @param numRetries how many attempts may follow the first
   * @param random chance, 0 ≤ x < 1
   */
  constructor(
    deployments: readonly DeploymentSettings[],
    private readonly numRetries: number,
    private readonly random: () => number,
  ) {
    this.candidates = deployments;
    this.untried = deployments;
  }

  /** Number of attempts that were handed out. */
  get count(): number {
    return this.made;
  }

  /** Notes another attempt at the last deployment that uses up no retry. */
  addUncounted(): void {
    this.made += 1;
    this.uncounted += 1;
  }

  /**
   * The next attempt, `null` when none is left.
   * @param requestedMs pause that the last answer asked for; `null` when it asked for none
   */
  next(requestedMs: number | null = null): NextAttempt | null {
    const fresh = this.nextUntried();
    if (fresh !== null || this.isUsedUp) return fresh;
    const again = chooseWeighted(this.candidates, this.random());
    const pauseMs =
      requestedMs ?? FIRST_PAUSE_MS * 2 ** Math.max(0, this.counted - this.candidates.length);
    if (again === null || pauseMs > MAX_PAUSE_MS) return null;
    this.made += 1;
    return { deployment: again, pauseMs };
  }

  /** Leaves the last deployment out, without an attempt at it: it is at a limit. */
  passOver(deployment: DeploymentSettings): void {
    this.exclude(deployment);
    this.made -= 1;
  }

  /**
   * Leaves a deployment out of all later attempts.
   * @param deployment one that may still work on the request
   */
  exclude(deployment: DeploymentSettings): void {
    this.candidates = this.candidates.filter((one) => one !== deployment);
    this.untried = this.untried.filter((one) => one !== deployment);
  }

  private nextUntried(): NextAttempt | null {
    const fresh = this.isUsedUp ? null : chooseWeighted(this.untried, this.random());
    if (fresh === null) return null;
    this.untried = this.untried.filter((one) => one !== fresh);
    this.made += 1;
    return { deployment: fresh, pauseMs: 0 };
  }

  private get counted(): number {
    return this.made - this.uncounted;
  }

  private get isUsedUp(): boolean {
    return this.counted > this.numRetries;
  }
}

/**
 * One of several, each with a probability proportional to its weight (LiteLLM's `simple-shuffle`). When
 * no weight is positive, all are equally likely. `null` when there is nothing to choose from.
 * @param candidates what to choose from
 * @param random a number from 0 up to, not including, 1
 */
export function chooseWeighted<T extends { readonly weight: number }>(
  candidates: readonly T[],
  random: number,
): T | null {
  const [only, second] = candidates;
  if (second === undefined) return only ?? null;
  const total = candidates.reduce((sum, { weight }) => sum + Math.max(0, weight), 0);
  if (total <= 0) return candidates[Math.floor(random * candidates.length)] ?? null;
  let rest = random * total;
  for (const candidate of candidates) {
    const weight = Math.max(0, candidate.weight);
    if (rest < weight) return candidate;
    rest -= weight;
  }
  // Only rounding leads here.
  return candidates.at(-1) ?? null;
}
