import type { DeploymentDefaults } from './deployments.js';
import { namesAndFallbacksOf, warnOfUnknownModels } from './fallbacks.js';
import type { ConfigDiagnostics } from '../diagnostics/config-diagnostics.js';
import type { Settings } from '../model/settings.js';
import type { RootValue } from '../schema/root.config.js';
import { ROUTING_STRATEGIES } from '../schema/routing.config.js';
import { settingPlace } from '../schema/setting-path.js';

type RouterValue = RootValue['router_settings'];

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

/** Returns how calls are routed. A key of `router_settings` wins over that of `litellm_settings`. */
export function routerSettingsOf(root: RootValue): Settings['router'] {
  const { litellm_settings: library, router_settings: router } = root;
  return {
    numRetries: router.num_retries ?? library.num_retries ?? DEFAULT_RETRIES,
    ...namesAndFallbacksOf(root),
  };
}

/** Returns how deployments without limits of their own are limited, and whether `rpm` and `tpm` are limits. */
export function limitDefaultsOf(
  router: RouterValue,
): Pick<DeploymentDefaults, 'enforcesRates' | 'maxParallelRequests'> {
  return {
    enforcesRates: router.optional_pre_call_checks.includes(RATE_CHECK),
    maxParallelRequests: router.default_max_parallel_requests,
  };
}

/** Warns of a strategy and of checks that have no effect, and of names that lead to no model. */
export function warnOfRouting(
  router: RouterValue,
  settings: Pick<Settings, 'deployments' | 'omittedDeployments' | 'router'>,
  findings: ConfigDiagnostics,
): void {
  warnOfUnknownModels(settings, findings);
  for (const check of router.optional_pre_call_checks)
    if (check !== RATE_CHECK)
      settingPlace('router_settings.optional_pre_call_checks', findings).warn(
        `names ${OTHER_CHECKS.has(check) ? check : 'a check'}, which is not built yet and has no effect`,
      );
  if (router.routing_strategy !== ROUTING_STRATEGIES[0])
    settingPlace('router_settings.routing_strategy', findings).warn(
      `is not built yet: deployments are chosen by weight (${ROUTING_STRATEGIES[0]})`,
    );
}
