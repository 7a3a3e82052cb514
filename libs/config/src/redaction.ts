import { inspect } from 'node:util';
import type { PassThroughTarget } from './model/pass-through.js';
import type { Settings } from './model/settings.js';

const CONCEALED = '[secret]';

/**
 * Makes settings print without their secrets, whether by JSON, by `console.log` or in an assertion's
 * message: a later log line may print the whole object.
 * @param settings the settings, frozen or not; the original is left alone
 * @returns the same content, frozen, that prints without secrets
 */
export function concealSecrets(settings: Settings): Settings {
  const deployments = settings.deployments.map((deployment) =>
    printingAs({ ...deployment }, () => ({
      ...deployment,
      apiKey: concealed(deployment.apiKey),
      ...(deployment.cloud === undefined ? {} : { cloud: CONCEALED }),
      extraHeaders: Object.fromEntries(
        Object.keys(deployment.extraHeaders).map((name) => [name, CONCEALED]),
      ),
    })),
  );
  const { jwt, access, network, alerts, passThrough, responseCache } = settings;
  const whole: Settings = {
    ...settings,
    jwt: Object.freeze({
      ...jwt,
      teams: Object.freeze({ ...jwt.teams, overage: withoutSecret(jwt.teams.overage) }),
    }),
    alerts: printingAs({ ...alerts }, () => ({
      ...alerts,
      webhook: alerts.webhook === null ? null : CONCEALED,
      slackUrl: concealed(alerts.slackUrl),
      mail: alerts.mail === null ? null : { ...alerts.mail, login: CONCEALED },
    })),
    responseCache:
      responseCache === null
        ? null
        : printingAs({ ...responseCache }, () => ({
            ...responseCache,
            redisUrl: concealed(responseCache.redisUrl),
            encryptionKey: concealed(responseCache.encryptionKey),
          })),
    network: printingAs({ ...network }, () => ({
      ...network,
      httpProxy: concealed(network.httpProxy),
      httpsProxy: concealed(network.httpsProxy),
    })),
    access: Object.freeze({ ...access, introspection: withoutSecret(access.introspection) }),
    deployments: Object.freeze(deployments),
    files: Object.freeze(
      settings.files.map((file) =>
        printingAs({ ...file }, () => ({ ...file, apiKey: concealed(file.apiKey) })),
      ),
    ),
    passThrough: Object.freeze({
      ...passThrough,
      prefixes: Object.freeze(passThrough.prefixes.map(withoutCredential)),
      endpoints: Object.freeze(passThrough.endpoints.map(withoutCredential)),
    }),
  };
  return printingAs(whole, () => ({
    ...whole,
    databaseUrl: concealed(settings.databaseUrl),
    redisUrl: concealed(settings.redisUrl),
    masterKey: concealed(settings.masterKey),
  }));
}

function withoutCredential(target: PassThroughTarget): PassThroughTarget {
  const hidden = (values: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.keys(values).map((name) => [name, CONCEALED]));
  return printingAs({ ...target }, () => ({
    ...target,
    headers: hidden(target.headers),
    query: hidden(target.query),
    aws: target.aws === null ? null : CONCEALED,
  }));
}

function withoutSecret<T extends { readonly clientSecret: string | null }>(client: T | null) {
  if (client === null) return null;
  return printingAs({ ...client }, () => ({
    ...client,
    clientSecret: concealed(client.clientSecret),
  }));
}

function concealed(secret: string | null): string | null {
  return secret === null ? null : CONCEALED;
}

/** Exact decimals hold `bigint`, which JSON has no form for. */
function jsonSafe(value: object): unknown {
  const text = JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'bigint' ? member.toString() : member,
  );
  return JSON.parse(text);
}

function printingAs<T extends object>(value: T, shown: () => object): T {
  Object.defineProperty(value, 'toJSON', { value: () => jsonSafe(shown()) });
  Object.defineProperty(value, inspect.custom, { value: shown });
  return Object.freeze(value);
}
