import type { ConfigDiagnostics } from '../diagnostics/config-diagnostics.js';
import type { DeploymentHealthCheck, HealthCheckSettings } from '../model/health-settings.js';
import type { GeneralValue } from '../schema/general.config.js';
import type { ModelEntry } from '../schema/model-list.config.js';
import { settingPlace } from '../schema/setting-path.js';

/** Returns how the health of deployments is checked. */
export function healthSettingsOf(
  general: GeneralValue,
  findings: ConfigDiagnostics,
): HealthCheckSettings {
  const { background_health_checks: isInBackground, enable_health_check_routing: decidesRouting } =
    general;
  if (decidesRouting && !isInBackground)
    settingPlace('general_settings.enable_health_check_routing', findings).warn(
      'knows of the checks of GET /health alone, because background_health_checks is off',
    );
  return {
    isInBackground,
    intervalSeconds: general.health_check_interval,
    showsDetails: general.health_check_details,
    decidesRouting,
    concurrency: general.health_check_concurrency,
  };
}

/** Returns how a deployment is checked. The provider may stand before the name of the model, as in `model`. */
export function healthCheckOf(
  { model_info: info }: ModelEntry,
  provider: string,
): DeploymentHealthCheck {
  const model = info.health_check_model;
  const prefix = `${provider}/`;
  return {
    model: model?.startsWith(prefix) === true ? model.slice(prefix.length) : model,
    timeoutSeconds: info.health_check_timeout,
    maxTokens: info.health_check_max_tokens,
    isInBackground: !info.disable_background_health_check,
  };
}
