import type { PassThroughSettings } from '../model/pass-through.js';
import { adjustmentsOf } from './cost-adjustments.js';
import { endpointsOf } from './pass-through-endpoints.js';
import { prefixesOf } from './pass-through-prefixes.js';
import type { Sources } from './sources.js';

/** As in LiteLLM. */
const TIMEOUT_SECONDS = 600;

/** Returns the upstreams whose own API is passed through. */
export function passThroughSettingsOf(sources: Sources): PassThroughSettings {
  const { general_settings: general, litellm_settings: library } = sources.root;
  const timeoutSeconds = general.pass_through_request_timeout ?? TIMEOUT_SECONDS;
  return {
    ...prefixesOf(sources, timeoutSeconds, adjustmentsOf(library)),
    endpoints: endpointsOf(sources, timeoutSeconds),
  };
}
