import { resolve } from 'node:path';
import { corsOriginsIn } from '../schema/environment.config.js';
import { isFalse, isTrue } from '../schema/rules.js';
import { ConfigPath } from '../diagnostics/config-diagnostics.js';
import type { ServerSettings } from '../model/server-settings.js';
import type { CertificateFile, NetworkSettings } from '../model/settings.js';
import type { Overrides } from './overrides.js';
import type { Sources } from './sources.js';

const SSL_VERIFY = 'SSL_VERIFY';
const SSL_CERT_FILE = 'SSL_CERT_FILE';

/**
 * Returns the settings of connections to other servers. Of the two spellings of a variable the lower-case one wins, as
 * in curl, Python and Node.js.
 * @param sources the environment and the file
 * @param workingDirectory for paths in variables
 */
export function networkSettingsOf(sources: Sources, workingDirectory: string): NetworkSettings {
  const { overrides } = sources;
  return {
    httpProxy: proxyOf(overrides, 'http_proxy', 'HTTP_PROXY'),
    httpsProxy: proxyOf(overrides, 'https_proxy', 'HTTPS_PROXY'),
    noProxy: entriesOf(overrides.variable('no_proxy') ?? overrides.variable('NO_PROXY')),
    certificates:
      verificationOf(sources, workingDirectory) ?? certFileOf(overrides, workingDirectory),
  };
}

/** `ALL_PROXY` is read where the scheme has no proxy of its own alone: desktops set it beside the others, for SOCKS. */
function proxyOf(
  overrides: Overrides,
  lower: 'http_proxy' | 'https_proxy',
  upper: 'HTTP_PROXY' | 'HTTPS_PROXY',
): string | null {
  return (
    overrides.variable(lower) ??
    overrides.variable(upper) ??
    overrides.variable('all_proxy') ??
    overrides.variable('ALL_PROXY')
  );
}

function entriesOf(list: string | null): string[] {
  return (list ?? '').split(/[,\s]+/).filter((entry) => entry !== '');
}

/** `ssl_verify` is a path, or true or false; the variable wins, as in LiteLLM. */
function verificationOf(
  { overrides, root, directory, findings }: Sources,
  workingDirectory: string,
): CertificateFile | null {
  const variable = overrides.variable(SSL_VERIFY);
  const value = variable ?? root.litellm_settings.ssl_verify;
  const configKey = variable === null ? 'litellm_settings.ssl_verify' : SSL_VERIFY;
  if (value === null || isTrue(value)) return null;
  if (!isFalse(value))
    return { path: resolve(variable === null ? directory : workingDirectory, value), configKey };
  new ConfigPath(configKey, findings).warn(
    'is false, but certificates are always verified: write the path of a PEM file with your certificate authority',
  );
  return null;
}

function certFileOf(overrides: Overrides, workingDirectory: string): CertificateFile | null {
  const path = overrides.variable(SSL_CERT_FILE);
  return path === null ? null : { path: resolve(workingDirectory, path), configKey: SSL_CERT_FILE };
}

/**
 * Returns the settings of the server but its address, among them those for browsers and for proxies in front of this gateway.
 * @param sources the environment and the file
 */
export function serverSettingsOf({ overrides, root }: Sources): Omit<ServerSettings, 'host'> {
  const { server } = root.gatehouse;
  const origins = overrides.variable('LITELLM_CORS_ORIGINS');
  return {
    port: overrides.optionOr('port', 'PORT'),
    bodyLimitBytes: server.body_limit_bytes,
    shutdownGraceSeconds: server.shutdown_grace_seconds,
    sendsLitellmHeaders: server.litellm_headers,
    streamLimitSeconds: server.stream_limit_seconds,
    corsOrigins: origins === null ? (server.cors_origins ?? []) : corsOriginsIn(origins),
    rootPath: overrides.variable('SERVER_ROOT_PATH') ?? '',
  };
}
