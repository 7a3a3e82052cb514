import { isIPv6 } from 'node:net';
import { errorCodeOf } from '#libs/common';
import type { Settings } from '#libs/config';
import { programVersion } from './version.js';

const MAX_MODELS = 20;

/**
 * Returns the lines that the operator sees when the gateway has started: its version, its file, the
 * issuers that it trusts, what it serves, and the number of warnings above. Holds no secret.
 * @param configFile path of its file
 * @param url where the gateway listens
 */
export function startBanner(
  settings: Settings,
  configFile: string,
  url: string,
): Readonly<Record<string, unknown>> {
  const models = [...new Set(settings.deployments.map(({ modelGroup }) => modelGroup))];
  const issuers = settings.jwt.enabled ? settings.jwt.issuers : [];
  return {
    version: programVersion(),
    config: configFile,
    database: settings.databaseUrl === null ? 'embedded' : 'postgresql',
    issuers: issuers.map(({ issuer }) => issuer ?? 'any (JWT_ISSUER is not set)'),
    models: models.slice(0, MAX_MODELS),
    modelCount: models.length,
    warnings: settings.warnings.length,
    docs: `${url}/docs`,
  };
}

const FAILURES: Readonly<Record<string, (place: Place) => string>> = {
  EADDRINUSE: ({ host, port }) =>
    `port ${String(port)} of ${host} is in use by another process; stop that process, or choose another port with --port or PORT (0 takes a free one)`,
  EACCES: ({ port }) =>
    `this user may not listen on port ${String(port)}; choose a port above 1023 with --port or PORT`,
  EADDRNOTAVAIL: ({ host }) =>
    `${host} is not an address of this machine; choose one with --host or HOST (127.0.0.1 for this machine alone, ${isIPv6(host) ? '::' : '0.0.0.0'} for every address)`,
  ENOTFOUND: ({ host }) =>
    `the name ${host} is not known on this machine; write an address with --host or HOST, for example 127.0.0.1`,
};

interface Place {
  readonly host: string;
  readonly port: number;
}

/**
 * Returns the sentence for an address that cannot be listened on, with what to do about it.
 * @param error what the system said
 */
export function listenFailure(place: Place, error: unknown): string {
  const code = errorCodeOf(error) ?? 'unknown error';
  return (
    FAILURES[code]?.(place) ?? `cannot listen on ${place.host}:${String(place.port)} (${code})`
  );
}
