/** A path of the configuration whose requests are passed through to an upstream, as far as permissions read it. */
export interface ConfiguredEndpoint {
  /** Canonical path of the gateway, without slash at its end. */
  readonly path: string;
  /** Whether everything below {@link path} is passed through as well. */
  readonly includesSubpath: boolean;
  /** Methods in upper case; `null` for all. */
  readonly methods: readonly string[] | null;
  /** Whether a caller needs a credential of the gateway. */
  readonly needsCredential: boolean;
}

/**
 * Returns the endpoint that serves a call, of several the one with the longest path; `undefined` for none.
 * @param path canonical path of the call
 */
export function configuredEndpointOf(
  method: string,
  path: string,
  endpoints: readonly ConfiguredEndpoint[],
): ConfiguredEndpoint | undefined {
  let found: ConfiguredEndpoint | undefined;
  for (const one of endpoints) {
    const isServed = one.methods?.includes(method) ?? true;
    const isLonger = found === undefined || one.path.length > found.path.length;
    if (isServed && isLonger && isAt(one, path)) found = one;
  }
  return found;
}

function isAt({ path, includesSubpath }: ConfiguredEndpoint, asked: string): boolean {
  return asked === path || (includesSubpath && asked.startsWith(`${path}/`));
}
