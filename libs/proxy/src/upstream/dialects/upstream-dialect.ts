import type { DeploymentSettings } from '#libs/config';

/** How one family of upstreams is addressed. Bodies are the same everywhere: OpenAI's wire format. */
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
 * An address below a base, whatever query the base has kept.
 * @param base base address without trailing slash
 * @param path path to append, with leading slash
 */
export function below(base: string, path: string): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}${path}`;
  url.hash = '';
  return url;
}
