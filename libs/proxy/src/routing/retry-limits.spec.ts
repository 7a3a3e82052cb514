import { settingsFromYaml } from '#libs/config';
import { limitedTo, retryLimitOf } from './retry-limits.js';

const settingsOf = (router: string, entry = '') =>
  settingsFromYaml(`model_list:
  - { model_name: m, litellm_params: { model: openai/m, api_key: k ${entry} } }
router_settings: { ${router} }
`);

function limit(
  failure: 'timeout' | 'bad-request' | 'rate-limit',
  router: string,
  { entry = '', requested = null as number | null } = {},
): number {
  const { deployments, router: settings } = settingsOf(router, entry);
  const [deployment] = deployments;
  if (deployment === undefined) throw new Error('a deployment is expected');
  return retryLimitOf(settings, 'm', requested)(deployment, failure);
}

describe('the number of retries', () => {
  const policies =
    'num_retries: 1, retry_policy: { TimeoutErrorRetries: 4, BadRequestErrorRetries: 2, DefaultRetries: 6 }';

  it('is that of the request, then a policy, then the deployment, then the router', () => {
    expect(limit('timeout', 'num_retries: 1')).toBe(1);
    expect(limit('timeout', 'num_retries: 1', { entry: ', num_retries: 3' })).toBe(3);
    expect(limit('timeout', policies, { entry: ', num_retries: 3' })).toBe(4);
    expect(limit('rate-limit', policies, { entry: ', num_retries: 3' })).toBe(6);
    expect(limit('timeout', policies, { requested: 0 })).toBe(0);
  });

  it('is that of the policy of the model group where it has one', () => {
    const group = `${policies}, model_group_retry_policy: { m: { RateLimitErrorRetries: 5 } }`;
    expect(limit('rate-limit', group)).toBe(5);
    expect(limit('timeout', group)).toBe(1);
  });

  it('is 0 for what every deployment would refuse, except by a policy', () => {
    expect(limit('bad-request', 'num_retries: 3', { requested: 9 })).toBe(0);
    expect(limit('bad-request', policies)).toBe(2);
  });

  it('is never above what the operation allows', () => {
    const { deployments, router } = settingsOf('num_retries: 3');
    const [deployment] = deployments;
    if (deployment === undefined) throw new Error('a deployment is expected');
    const of = retryLimitOf(router, 'm', null);
    expect(limitedTo(0, of)(deployment, 'timeout')).toBe(0);
    expect(limitedTo(undefined, of)(deployment, 'timeout')).toBe(3);
  });
});
