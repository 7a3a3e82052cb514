import type { AlertSettings } from '../model/settings.js';
import { settingPlace } from '../schema/setting-path.js';
import { mailSettingsOf } from './alert-mail.js';
import { refusePlainHttp } from './plain-http.js';
import type { Sources } from './sources.js';

/** The channels that LiteLLM's `alerting` names, and the variables of their addresses. */
const VARIABLES = { slack: 'SLACK_WEBHOOK_URL', webhook: 'WEBHOOK_URL' } as const;

/**
 * Returns who hears of budgets: the channels of `gatehouse.alerts`, else those that LiteLLM's `alerting` names with the
 * addresses of its variables.
 * @param sources the file and the environment
 */
export function alertSettingsOf(sources: Sources): AlertSettings {
  const { alerts } = sources.root.gatehouse;
  refusePlainHttpOf(sources);
  const webhookUrl = alerts.webhook?.url ?? addressOf('webhook', sources);
  return {
    thresholds: [...new Set(alerts.thresholds)].toSorted((left, right) => left - right),
    webhook:
      webhookUrl === null ? null : { url: webhookUrl, secret: alerts.webhook?.secret ?? null },
    slackUrl: alerts.slack?.url ?? addressOf('slack', sources),
    mail: mailSettingsOf(sources),
    timeoutSeconds: alerts.timeout_seconds,
  };
}

function addressOf(channel: keyof typeof VARIABLES, sources: Sources): string | null {
  const { root, overrides, findings } = sources;
  const { alerting } = root.general_settings;
  if (!alerting.includes(channel)) return null;
  const variable = VARIABLES[channel];
  const address = overrides.variable(variable);
  const place = settingPlace('general_settings.alerting', findings);
  if (address === null) place.warn(`has no effect for ${channel}: ${variable} is not set`);
  else refusePlainHttp([address], root.gatehouse.jwt.jwks.allow_http, place);
  return address;
}

function refusePlainHttpOf({ root, findings }: Sources): void {
  const { alerts, jwt } = root.gatehouse;
  for (const name of ['webhook', 'slack'] as const) {
    const url = alerts[name]?.url ?? null;
    if (url === null) continue;
    refusePlainHttp([url], jwt.jwks.allow_http, settingPlace(`gatehouse.alerts.${name}`, findings));
  }
  for (const name of root.general_settings.alerting) {
    if (Object.hasOwn(VARIABLES, name) || name === 'email') continue;
    settingPlace('general_settings.alerting', findings).warn(
      'names a channel without effect; slack, webhook and email have one',
    );
  }
}
