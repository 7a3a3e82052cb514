import type { KeyBounds, Settings } from '../model/settings.js';
import type { RootValue } from '../schema/root.config.js';
import { usdOf } from './budgets.js';

/** Returns the values and bounds that the file has for keys that callers make. */
export function keySettingsOf({ litellm_settings: library }: RootValue): Settings['keys'] {
  const { default_key_generate_params: defaults } = library;
  return {
    defaults: {
      ...boundsOf(defaults),
      softBudget: usdOf(defaults.soft_budget),
      budgetId: defaults.budget_id,
      models: defaults.models,
      metadata: defaults.metadata,
      teamId: defaults.team_id,
    },
    upperBounds: boundsOf(library.upperbound_key_generate_params),
  };
}

function boundsOf(
  keys: RootValue['litellm_settings']['upperbound_key_generate_params'],
): KeyBounds {
  return {
    maxBudget: usdOf(keys.max_budget),
    budgetDuration: keys.budget_duration,
    tokensPerMinute: keys.tpm_limit,
    requestsPerMinute: keys.rpm_limit,
    maxParallelRequests: keys.max_parallel_requests,
    duration: keys.duration,
  };
}
