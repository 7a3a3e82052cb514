import type { IncomingHttpHeaders } from 'node:http';
import type { DeploymentSettings } from '#libs/config';
import { betasIn } from '../upstream/anthropic-betas.js';
import { isHeaderText, type UpstreamHeaders } from '../upstream/upstream-headers.js';
import { below, type UpstreamDialect } from './upstream-dialect.js';

/** The version of a client that names none: https://platform.claude.com/docs/en/api/versioning. */
const DEFAULT_VERSION = '2023-06-01';
/** A name of a beta feature, for example `context-1m-2025-08-07`. */
const BETA = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
/** What the base may hold of the operations' path already. */
const OWN_PATH = /\/v1(?:\/messages)?(?=\/?(?:\?|$))/;
/** More than any client sends, and few enough for one header. */
const MAX_BETAS = 32;

/** Anthropic's own API, and everything compatible: `/v1/messages` below the base, which may hold `/v1` already. */
export class AnthropicDialect implements UpstreamDialect {
  url({ apiBase }: DeploymentSettings, operation: string): URL {
    return below(apiBase.replace(OWN_PATH, ''), operation);
  }

  credential({ apiKey }: DeploymentSettings): UpstreamHeaders {
    return apiKey === null ? {} : { 'x-api-key': apiKey };
  }

  relayedHeaders(client: IncomingHttpHeaders, fixed: UpstreamHeaders): UpstreamHeaders {
    return {
      'anthropic-version': versionOf(fixed['anthropic-version'] ?? client['anthropic-version']),
      ...betasHeader(client, fixed),
    };
  }

  knowsIncludeUsage(): boolean {
    return false;
  }
}

function versionOf(named: unknown): string {
  return isHeaderText(named) ? named : DEFAULT_VERSION;
}

/** Returns the header with the beta features of the deployment and of the client; none where they name none. */
export function betasHeader(client: IncomingHttpHeaders, fixed: UpstreamHeaders): UpstreamHeaders {
  const betas = betasOf([fixed['anthropic-beta'], client['anthropic-beta']]);
  return betas.length === 0 ? {} : { 'anthropic-beta': betas.join(',') };
}

/** Returns the names of all headers, each once, those of the deployment first. What cannot be a name is left out. */
export function betasOf(headers: readonly unknown[]): readonly string[] {
  const names = headers
    .flatMap((header) => (typeof header === 'string' ? betasIn(header) : []))
    .filter((name) => BETA.test(name));
  return [...new Set(names)].slice(0, MAX_BETAS);
}
