import type { DeploymentDefaults } from './deployment-behaviour.js';
import { coolDownDefaultsOf } from './cool-downs.js';
import { retryPolicyOf } from './retry-policies.js';
import { namesAndFallbacksOf, warnOfUnknownModels } from './fallbacks.js';
import type { ConfigDiagnostics } from '../diagnostics/config-diagnostics.js';
import type { Settings } from '../model/settings.js';
import type { RootValue } from '../schema/root.config.js';
import type { RouterSettings } from '../model/router-settings.js';
import { settingPlace } from '../schema/setting-path.js';

const RATE_CHECK = 'enforce_model_rate_limits';
/** Further checks of LiteLLM. A name that is not among them is not repeated: it may be a secret in the wrong place. */
const OTHER_CHECKS: ReadonlySet<string> = new Set([
  'prompt_caching',
  'router_budget_limiting',
  'responses_api_deployment_check',
  'deployment_affinity',
  'session_affinity',
  'forward_client_headers_by_model_group',
]);

/** LiteLLM's, of its code. */
const DEFAULT_RETRIES = 2;

/** Returns how deployments without limits of their own are limited, whether `rpm` and `tpm` are limits, and when deployments are left out. */
export function routingDefaultsOf(
  root: Pick<RootValue, 'router_settings' | 'litellm_settings'>,
): Pick<DeploymentDefaults, 'enforcesRates' | 'maxParallelRequests' | 'coolDown'> {
  const { router_settings: router } = root;
  return {
    // The strategies by usage leave deployments out that are beyond their rpm or tpm.
    enforcesRates:
      router.optional_pre_call_checks.includes(RATE_CHECK) ||
      router.routing_strategy.startsWith('usage-based-routing'),
    maxParallelRequests: router.default_max_parallel_requests,
    coolDown: coolDownDefaultsOf(root),
  };
}

/** Returns how calls are routed. A key of `router_settings` wins over that of `litellm_settings`. */
export function routerSettingsOf(root: RootValue): RouterSettings {
  const { router_settings: router, litellm_settings: library, gatehouse } = root;
  const { ttl, lowest_latency_buffer: buffer } = router.routing_strategy_args;
  const policies = Object.entries(router.model_group_retry_policy ?? {});
  return {
    strategy: router.routing_strategy,
    latency: { ttlSeconds: ttl, buffer },
    numRetries: router.num_retries ?? library.num_retries ?? DEFAULT_RETRIES,
    retryAfterSeconds: router.retry_after,
    retryPolicy: router.retry_policy === null ? null : retryPolicyOf(router.retry_policy),
    groupRetryPolicies: Object.fromEntries(
      policies.map(([group, policy]) => [group, retryPolicyOf(policy)]),
    ),
    trustedTeams: gatehouse.routing.trusted_teams,
    ...namesAndFallbacksOf(root),
  };
}

/** Warns of checks that have no effect, and of names that lead to no model. */
export function warnOfRouting(
  { general_settings: general, router_settings: router }: RootValue,
  settings: Pick<Settings, 'deployments' | 'omittedDeployments' | 'router'>,
  findings: ConfigDiagnostics,
): void {
  warnOfUnknownModels(general, settings, findings);
  for (const check of router.optional_pre_call_checks)
    if (check !== RATE_CHECK)
      settingPlace('router_settings.optional_pre_call_checks', findings).warn(
        `names ${OTHER_CHECKS.has(check) ? check : 'a check'}, which is not built yet and has no effect`,
      );
}
