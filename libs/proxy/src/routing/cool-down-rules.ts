import { isOfClient, type CoolDownSettings, type FailureClass } from '#libs/config';

/** A failure of an attempt, with the number of deployments that could have served the call. */
export interface DeploymentFailure {
  readonly failure: FailureClass;
  /** Time for which the upstream asks to be left alone (`Retry-After`); `null` when it named none. */
  readonly requestedMs: number | null;
  readonly groupSize: number;
}

/** Attempts of the last minute at a deployment, this one included. */
export interface MinuteCounts {
  readonly attempts: number;
  /** Those that failed, by a fault of the deployment or one that its policy counts. */
  readonly failures: number;
}

/** Failures that have a deployment left out at once, as in LiteLLM. */
const IMMEDIATE: ReadonlySet<FailureClass> = new Set([
  'authentication',
  'not-found',
  'rate-limit',
  'timeout',
]);
/** Attempts in a minute from which on the share of failures means something. */
const FEWEST_ATTEMPTS = 5;
/** Without another deployment, leaving the only one out helps no call. */
const FEWEST_ATTEMPTS_ALONE = 1_000;
const MOST_FAILING_SHARE = 0.5;
/** An upstream may ask for a day. */
const LONGEST_REQUESTED_MS = 3_600_000;

/** Returns true when a failure counts against the deployment. */
export function counts({ allowedFails }: CoolDownSettings, failure: FailureClass): boolean {
  return !isOfClient(failure) || allowedFails[failure] !== undefined;
}

/**
 * Returns for how long a deployment is left out after a failure, in milliseconds; 0 when it is not. What the settings allow for a
 * kind of failure decides alone. Without it some kinds have the deployment left out at once and the others by their share of
 * the attempts, unless it is the only one of its group.
 */
export function coolDownMs(
  settings: CoolDownSettings,
  failed: DeploymentFailure,
  minute: MinuteCounts,
): number {
  if (settings.seconds === 0 || !counts(settings, failed.failure)) return 0;
  const allowed = settings.allowedFails[failed.failure];
  const isLeftOut =
    allowed === undefined ? isLeftOutByDefault(failed, minute) : minute.failures > allowed;
  if (!isLeftOut) return 0;
  const { requestedMs } = failed;
  return requestedMs === null
    ? settings.seconds * 1_000
    : Math.min(requestedMs, LONGEST_REQUESTED_MS);
}

function isLeftOutByDefault(
  { failure, requestedMs, groupSize }: DeploymentFailure,
  { attempts, failures }: MinuteCounts,
): boolean {
  const isAlone = groupSize <= 1;
  if (!isAlone && (IMMEDIATE.has(failure) || requestedMs !== null)) return true;
  const fewest = isAlone ? FEWEST_ATTEMPTS_ALONE : FEWEST_ATTEMPTS;
  return attempts >= fewest && failures > attempts * MOST_FAILING_SHARE;
}
