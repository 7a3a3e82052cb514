import {
  FAILURE_CLASSES,
  type ByFailureClass,
  type FailureClass,
  type RetryPolicy,
} from '../model/router-settings.js';
import type { WrittenRetryPolicy } from '../schema/routing-policies.config.js';

/** LiteLLM's names of the kinds of failures, without what the number behind them means. */
const NAMES: Readonly<Record<FailureClass, string>> = {
  'bad-request': 'BadRequestError',
  'content-policy': 'ContentPolicyViolationError',
  authentication: 'AuthenticationError',
  'not-found': 'NotFoundError',
  timeout: 'TimeoutError',
  'rate-limit': 'RateLimitError',
  internal: 'InternalServerError',
  unavailable: 'ServiceUnavailableError',
};

/**
 * Returns the numbers of a policy by the kind of failure.
 * @param suffix what the numbers mean, as LiteLLM appends it to the names
 */
export function byFailureClass(
  policy: Readonly<Record<string, number | null>>,
  suffix: 'Retries' | 'AllowedFails',
): ByFailureClass {
  const numbers: Partial<Record<FailureClass, number>> = {};
  for (const failure of FAILURE_CLASSES) {
    const number = policy[`${NAMES[failure]}${suffix}`];
    if (number !== undefined && number !== null) numbers[failure] = number;
  }
  return numbers;
}

/** Returns a written policy of retries. */
export function retryPolicyOf(policy: WrittenRetryPolicy): RetryPolicy {
  return { byClass: byFailureClass(policy, 'Retries'), otherwise: policy.DefaultRetries };
}
