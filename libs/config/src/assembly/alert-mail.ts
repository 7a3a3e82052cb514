import { isLoopbackHost } from '../model/loopback.js';
import type { MailSecurity, MailSettings } from '../model/settings.js';
import { MAIL_CALLBACK } from '../names/litellm-ignored-names.js';
import { isFalse } from '../schema/rules.js';
import { settingPlace } from '../schema/setting-path.js';
import { ConfigPath } from '../diagnostics/config-diagnostics.js';
import type { Sources } from './sources.js';

const DEFAULT_PORT = 587;
/** Where TLS begins with the connection (RFC 8314 section 7.3). */
const IMPLICIT_TLS_PORT = 465;
const NOTHING = { host: null, from: null, port: null, username: null, password: null, tls: null };
const VARIABLES = { host: 'SMTP_HOST', from: 'SMTP_SENDER_EMAIL' } as const;

/**
 * Returns how alerts are mailed: by `gatehouse.alerts.email`, whose keys LiteLLM's variables complete, or by these variables
 * alone where `alerting` names `email` or `litellm_settings.callbacks` names `smtp_email`. `null` where mail is not wanted or
 * cannot be sent.
 */
export function mailSettingsOf(sources: Sources): MailSettings | null {
  const { email } = sources.root.gatehouse.alerts;
  const place = placeOfWish(sources);
  if (place === null) return null;
  const { host, from, port, tls, login } = serverOf(sources, place);
  if (host === null || from === null) {
    reportAbsence(place, email === null, host === null ? 'host' : 'from');
    return null;
  }
  if (login !== null && tls === 'none') refuseBeyondThisMachine(host, place);
  const { to, to_users: isSentToUsers } = email ?? { to: [], to_users: true };
  if (to.length === 0 && !isSentToUsers)
    place.warn('sends no mail: to is empty, and to_users is false');
  return { host, port, security: tls, login, from, to: [...new Set(to)], isSentToUsers };
}

/** Returns the key that asks for mail; `null` where none does. */
function placeOfWish({ root, callbacks, findings }: Sources): ConfigPath | null {
  if (root.gatehouse.alerts.email !== null) return settingPlace('gatehouse.alerts.email', findings);
  if (root.general_settings.alerting.includes('email'))
    return settingPlace('general_settings.alerting', findings);
  return callbacks.includes(MAIL_CALLBACK)
    ? new ConfigPath('litellm_settings.callbacks', findings)
    : null;
}

function serverOf({ root, overrides }: Sources, place: ConfigPath) {
  const given = root.gatehouse.alerts.email ?? NOTHING;
  const port = given.port ?? overrides.variable('SMTP_PORT') ?? DEFAULT_PORT;
  return {
    host: given.host ?? overrides.variable('SMTP_HOST'),
    from: given.from ?? overrides.variable('SMTP_SENDER_EMAIL'),
    port,
    tls: given.tls ?? securityOf(overrides.variable('SMTP_TLS'), port),
    login: loginOf(
      given.username ?? overrides.variable('SMTP_USERNAME'),
      given.password ?? overrides.variable('SMTP_PASSWORD'),
      place,
    ),
  };
}

function loginOf(
  user: string | null,
  pass: string | null,
  place: ConfigPath,
): MailSettings['login'] {
  if (user !== null && pass !== null) return { user, pass };
  if (user !== null || pass !== null)
    place.warn('has a name or a password alone, so that mails are sent without logging in');
  return null;
}

function refuseBeyondThisMachine(host: string, place: ConfigPath): void {
  if (isLoopbackHost(host)) return;
  place.refuse(
    'would send the password without TLS to another machine',
    'Leave tls (or SMTP_TLS) out, or leave the password out.',
  );
}

function reportAbsence(place: ConfigPath, isByName: boolean, key: keyof typeof VARIABLES): void {
  const variable = VARIABLES[key];
  if (isByName) place.warn(`has no effect for email: ${variable} is not set`);
  else place.refuse(`has no ${key}`, `Write gatehouse.alerts.email.${key}, or set ${variable}.`);
}

/** As LiteLLM, which sends without TLS where the variable is `False`. */
function securityOf(variable: string | null, port: number): MailSecurity {
  if (variable !== null && isFalse(variable)) return 'none';
  return port === IMPLICIT_TLS_PORT ? 'implicit' : 'starttls';
}
