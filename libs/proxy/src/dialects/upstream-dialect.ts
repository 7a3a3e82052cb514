import type { IncomingHttpHeaders } from 'node:http';
import type { DeploymentSettings } from '#libs/config';
import type { UpstreamHeaders } from '../upstream/upstream-headers.js';

/** Addresses and headers of one family of upstreams, for operations of one API. */
export interface UpstreamDialect {
  /**
   * Returns the complete address of an operation.
   * @param operation canonical route of the operation, for example `/chat/completions`
   */
  url(deployment: DeploymentSettings, operation: string): URL;
  /** The header that carries the credential; empty when the deployment has none. */
  credential(deployment: DeploymentSettings): UpstreamHeaders;
  /**
   * Returns the headers that are taken over from a client, and those that each call needs besides; they replace others of their name.
   * @param client the client's headers
   * @param fixed headers that every request to the deployment has
   */
  relayedHeaders(client: IncomingHttpHeaders, fixed: UpstreamHeaders): UpstreamHeaders;
  /** Parameter of the query that names the model of a WebSocket; left out for `model`. */
  readonly modelParameter?: string;
  /** Tells whether the upstream understands `stream_options.include_usage`. */
  knowsIncludeUsage(deployment: DeploymentSettings): boolean;
}

/**
 * Returns an address below a base, with the query of the base.
 * @param base base address without trailing slash
 * @param path path to append, with leading slash
 */
export function below(base: string, path: string): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}${path}`;
  url.hash = '';
  return url;
}
