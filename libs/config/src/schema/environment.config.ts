import { MAIL_FIELDS, SLACK_ADDRESS, WEBHOOK_ADDRESS } from './alerts.config.js';
import { list } from './collections.js';
import { databaseSchema } from './database-address.js';
import { DATA_DIRECTORY, UNSUPPORTED_DEPLOYMENTS } from './gatehouse.config.js';
import { DATABASE_ADDRESS, MASTER_KEY } from './general.config.js';
import { REDIS_ADDRESS } from './redis.config.js';
import {
  claimPath,
  credential,
  httpAddress,
  proxyAddress,
  rootPath,
  webOrigin,
  withScheme,
} from './rules.js';
import { choice, text, whole } from './scalars.js';
import type { LogFormat, LogLevel } from '../model/settings.js';

const LOG_LEVELS = [
  'fatal',
  'error',
  'warn',
  'info',
  'debug',
  'trace',
] as const satisfies readonly LogLevel[];

const LOG_FORMATS = ['auto', 'json', 'pretty'] as const satisfies readonly LogFormat[];

/** Listening address, of `--host` and `HOST`. */
const HOST_FIELD = text('Listening address.', {
  default: '127.0.0.1',
  rule: (host) =>
    /^[A-Za-z0-9.:%_-]+$/.test(host)
      ? null
      : {
          message: 'must be an address',
          remedy: 'Write an address such as 127.0.0.1 or ::, no port.',
        },
});

/** Listening port, of `--port` and `PORT`. */
const PORT_FIELD = whole('Listening port; 0 takes a free one.', {
  min: 0,
  max: 65_535,
  default: 4000,
});

const HTTP_PROXY = text('Proxy for http addresses.', {
  rule: proxyAddress,
  canonical: withScheme,
});
const HTTPS_PROXY = text('Proxy for https addresses.', {
  rule: proxyAddress,
  canonical: withScheme,
});
const ALL_PROXY = text('Proxy for addresses whose scheme has no proxy of its own.', {
  rule: proxyAddress,
  canonical: withScheme,
});
const SERVER_ROOT_PATH = text('Prefix of every route.', {
  rule: rootPath,
  canonical: (path) => path.replace(/\/$/, ''),
});
const LITELLM_CORS_ORIGINS = text(
  'Origins whose pages may call the gateway, separated by commas.',
  {
    rule: (origins) =>
      corsOriginsIn(origins)
        .map((origin) => webOrigin(origin))
        .find((objection) => objection !== null) ?? null,
  },
);
const SSL_VERIFY = text('As litellm_settings.ssl_verify.');
const SSL_CERT_FILE = text('PEM file of certificate authorities.');
const NO_PROXY = text('Hosts that are reached without a proxy, separated by commas.');

/**
 * The environment variables that are settings of their own, each with the field that evaluates it. The
 * same fields evaluate the keys of the file that mean the same.
 */
export const VARIABLE_FIELDS = {
  PORT: PORT_FIELD,
  HOST: HOST_FIELD,
  SERVER_ROOT_PATH,
  LITELLM_CORS_ORIGINS,
  SSL_VERIFY,
  SSL_CERT_FILE,
  HTTP_PROXY,
  http_proxy: HTTP_PROXY,
  HTTPS_PROXY,
  https_proxy: HTTPS_PROXY,
  ALL_PROXY,
  all_proxy: ALL_PROXY,
  NO_PROXY,
  no_proxy: NO_PROXY,
  LOG_LEVEL: choice('Severity below which the log is silent.', LOG_LEVELS, { default: 'info' }),
  LOG_FORMAT: choice(
    'Form of the log; auto is pretty on a terminal and JSON elsewhere.',
    LOG_FORMATS,
    {
      default: 'auto',
    },
  ),
  DATABASE_URL: DATABASE_ADDRESS,
  DATABASE_HOST: text('Host of the database, where DATABASE_URL is not set.'),
  DATABASE_PORT: whole('Its port.', { min: 1, max: 65_535 }),
  DATABASE_USERNAME: text('User of the database.'),
  DATABASE_PASSWORD: text('Password of the user, as it is.'),
  DATABASE_NAME: text('Name of the database.'),
  DATABASE_SCHEMA: text('Schema of the database; public alone.', { rule: databaseSchema }),
  REDIS_URL: REDIS_ADDRESS,
  LITELLM_MASTER_KEY: MASTER_KEY,
  GATEHOUSE_DATA_DIR: DATA_DIRECTORY,
  GATEHOUSE_UNSUPPORTED_DEPLOYMENTS: UNSUPPORTED_DEPLOYMENTS,
  JWT_AUDIENCE: text('Audience that tokens must have. Left out: not checked.', {
    rule: credential,
  }),
  JWT_ISSUER: text('Issuer that tokens must have. Left out: not checked.', { rule: credential }),
  SLACK_WEBHOOK_URL: SLACK_ADDRESS,
  WEBHOOK_URL: WEBHOOK_ADDRESS,
  SMTP_HOST: MAIL_FIELDS.host,
  SMTP_PORT: MAIL_FIELDS.port,
  SMTP_USERNAME: MAIL_FIELDS.username,
  SMTP_PASSWORD: MAIL_FIELDS.password,
  SMTP_SENDER_EMAIL: MAIL_FIELDS.from,
  SMTP_TLS: text('False: mails are sent without TLS.'),
  OAUTH_TOKEN_INFO_ENDPOINT: text('Introspection endpoint.', { rule: httpAddress }),
  OAUTH_USER_ID_FIELD_NAME: text('Member of its response that is the user id.', {
    rule: claimPath,
  }),
  OAUTH_USER_ROLE_FIELD_NAME: text('Member of its response that is the role.', { rule: claimPath }),
  OAUTH_USER_TEAM_ID_FIELD_NAME: text('Member of its response that is the team id.', {
    rule: claimPath,
  }),
} as const;

/** One entry of `JWT_PUBLIC_KEY_URL`, which is a list with commas. */
export const KEY_SET_ADDRESSES = list(
  'Key-set or discovery addresses, tried in order.',
  text('Address.', { rule: httpAddress }),
);

/**
 * The origins in `LITELLM_CORS_ORIGINS`.
 * @param list origins with commas between them
 */
export function corsOriginsIn(list: string): string[] {
  return list
    .split(',')
    .map((origin) => origin.trim())
    .filter((origin) => origin !== '');
}
