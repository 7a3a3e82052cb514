import { flag, number, text, whole } from './scalars.js';
import { plainName } from './rules.js';

const MAX_SECONDS = 86_400;

/** Keys of `general_settings` about checks of the health of deployments. */
export const HEALTH_KEYS = {
  background_health_checks: flag(
    'Calls every deployment at an interval to learn whether it works. The calls cost what their tokens cost, and are booked to no caller.',
    { default: false },
  ),
  health_check_interval: number('Seconds between two checks in the background.', {
    min: 1,
    max: MAX_SECONDS,
    default: 300,
    differs: 'Each replica checks for itself.',
  }),
  health_check_details: flag('GET /health says more of a deployment than its model and id.', {
    default: true,
  }),
  enable_health_check_routing: flag(
    'Calls go to no deployment that the last check found unhealthy, as long as another one is left.',
    { default: false },
  ),
  health_check_concurrency: whole('Checks that run at once.', {
    min: 1,
    max: 1_000,
    default: 8,
  }),
};

/** Keys of `model_info` about checks of the health of one deployment. */
export const DEPLOYMENT_HEALTH_KEYS = {
  health_check_model: text(
    'Model that a health check asks for, where the deployment serves several (model: openai/*).',
    { rule: plainName, differs: 'Without it a deployment of several models is not checked.' },
  ),
  health_check_timeout: number('Seconds after which a health check has failed.', {
    min: 0,
    max: MAX_SECONDS,
    isAboveMin: true,
    default: 60,
  }),
  health_check_max_tokens: whole('Most tokens of the response to a health check.', {
    min: 1,
    max: 100_000,
    default: 5,
  }),
  disable_background_health_check: flag('Leaves the deployment out of background checks.', {
    default: false,
  }),
};
