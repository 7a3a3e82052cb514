import {
  FAILURE_CLASSES,
  isOfClient,
  type ByFailureClass,
  type CoolDownSettings,
  type FailureClass,
} from '../model/router-settings.js';
import type { ModelEntry } from '../schema/model-list.config.js';
import type { RootValue } from '../schema/root.config.js';
import type { WrittenFailsPolicy } from '../schema/routing-policies.config.js';
import { byFailureClass } from './retry-policies.js';

const DEFAULT_SECONDS = 5;

/** Failures that a level of the configuration allows. */
interface AllowedFails {
  readonly byClass: ByFailureClass;
  /** For the failures of a deployment that are not named. */
  readonly otherwise: number | null;
}

/** What the router says about leaving deployments out. */
export interface CoolDownDefaults {
  /** `null` where no deployment is ever left out. */
  readonly seconds: number | null;
  readonly allowed: AllowedFails;
}

/** Returns what the router and the library say about leaving deployments out. */
export function coolDownDefaultsOf({
  router_settings: router,
  litellm_settings: library,
}: Pick<RootValue, 'router_settings' | 'litellm_settings'>): CoolDownDefaults {
  const seconds = router.cooldown_time ?? library.cooldown_time ?? DEFAULT_SECONDS;
  return {
    seconds: router.disable_cooldowns ? null : seconds,
    allowed: allowedOf(router.allowed_fails_policy, router.allowed_fails ?? library.allowed_fails),
  };
}

/** Returns when a deployment is left out, and for how long: what its entry says wins. */
export function coolDownOf(
  { litellm_params: params, model_info: info }: ModelEntry,
  defaults: CoolDownDefaults,
): CoolDownSettings {
  const own = allowedOf(info.allowed_fails_policy, info.allowed_fails);
  const seconds =
    defaults.seconds === null
      ? 0
      : (info.cooldown_time ?? params.cooldown_time ?? defaults.seconds);
  const allowedFails: Partial<Record<FailureClass, number>> = {};
  for (const failure of FAILURE_CLASSES) {
    const allowed = allowedAt(own, failure) ?? allowedAt(defaults.allowed, failure);
    if (allowed !== null) allowedFails[failure] = allowed;
  }
  return { seconds, allowedFails };
}

function allowedOf(policy: WrittenFailsPolicy | null, otherwise: number | null): AllowedFails {
  return { byClass: byFailureClass(policy ?? {}, 'AllowedFails'), otherwise };
}

function allowedAt({ byClass, otherwise }: AllowedFails, failure: FailureClass): number | null {
  return byClass[failure] ?? (isOfClient(failure) ? null : otherwise);
}
