import type { PassThroughSettings } from '../model/pass-through.js';
import { adjustmentsOf } from './cost-adjustments.js';
import { prefixesOf } from './pass-through-prefixes.js';
import type { Sources } from './sources.js';

/** As in LiteLLM. */
const TIMEOUT_SECONDS = 600;

/** Returns the upstreams whose own API is passed through. */
export function passThroughSettingsOf(sources: Sources): PassThroughSettings {
  const adjustmentOf = adjustmentsOf(sources.root.litellm_settings);
  return { timeoutSeconds: TIMEOUT_SECONDS, ...prefixesOf(sources, adjustmentOf), endpoints: [] };
}
