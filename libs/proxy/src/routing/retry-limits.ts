import {
  isOfClient,
  type DeploymentSettings,
  type FailureClass,
  type RouterSettings,
} from '#libs/config';

/** Settings that say how often a call is repeated. */
type RetrySettings = Pick<RouterSettings, 'numRetries' | 'retryPolicy' | 'groupRetryPolicies'>;

/** Returns how many attempts may follow the first one of a call, after the failure of the last one. */
export type RetryLimit = (deployment: DeploymentSettings, failure: FailureClass) => number;

/**
 * Returns the limit of a call's attempts. The number that a trusted caller asks for wins over the policy of the model group or
 * the router, that over the number of the deployment, and that over the router's. What every deployment would refuse is
 * repeated by a policy alone.
 * @param group the model group of the call
 * @param requested by the call, of a trusted caller; `null` for none
 */
export function retryLimitOf(
  settings: RetrySettings,
  group: string,
  requested: number | null,
): RetryLimit {
  const own = Object.hasOwn(settings.groupRetryPolicies, group);
  const policy = own ? (settings.groupRetryPolicies[group] ?? null) : settings.retryPolicy;
  return ({ numRetries }, failure) => {
    const ofClass = policy?.byClass[failure];
    if (isOfClient(failure)) return ofClass ?? 0;
    return requested ?? ofClass ?? policy?.otherwise ?? numRetries ?? settings.numRetries;
  };
}

/**
 * Returns a limit that is never above a number.
 * @param most left out for none
 */
export function limitedTo(most: number | undefined, limit: RetryLimit): RetryLimit {
  if (most === undefined) return limit;
  return (deployment, failure) => Math.min(most, limit(deployment, failure));
}
