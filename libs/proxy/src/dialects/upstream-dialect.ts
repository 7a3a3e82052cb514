import type { DeploymentSettings } from '#libs/config';

/**
 * Addresses and headers of one family of upstreams. Bodies are the same everywhere: OpenAI's wire
 * format.
 */
export interface UpstreamDialect {
  /**
   * Returns the complete address of an operation.
   * @param operation OpenAI's path below its base, for example `/chat/completions`
   */
  url(deployment: DeploymentSettings, operation: string): URL;
  /** The header that carries the credential; empty when the deployment has none. */
  credential(deployment: DeploymentSettings): Readonly<Record<string, string>>;
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
