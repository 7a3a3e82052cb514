import { requestedRoute } from '#libs/access';
import { ConfigPath } from '../diagnostics/config-diagnostics.js';
import type { PassThroughTarget } from '../model/pass-through.js';
import type { EndpointValue } from '../schema/pass-through.config.js';
import { headerValue } from '../schema/rules.js';
import { settingPlace } from '../schema/setting-path.js';
import { variableOf, type Environment } from '../source/environment.js';
import type { Sources } from './sources.js';

/** Provider of requests whose upstream is any address. */
const PROVIDER = 'pass_through';
const REFERENCE = /os\.environ\/([A-Za-z_][A-Za-z0-9_]*)/g;
/** LiteLLM's names of the pair of keys of Langfuse, of which it makes one header. */
const LANGFUSE = { user: 'langfuse_public_key', password: 'langfuse_secret_key' } as const;

/**
 * Returns the endpoints of `general_settings.pass_through_endpoints`.
 * @param timeoutSeconds seconds of a request where an endpoint has none of its own
 */
export function endpointsOf(
  { root, environment, findings }: Pick<Sources, 'root' | 'environment' | 'findings'>,
  timeoutSeconds: number,
): readonly PassThroughTarget[] {
  const written = root.general_settings.pass_through_endpoints;
  const all = settingPlace('general_settings.pass_through_endpoints', findings);
  return written.map((value, index) => {
    const place = new ConfigPath(all.path, findings).item(index);
    evaluatePath(value, written.slice(0, index), place);
    if (!value.auth)
      place.at('auth').warn('is false: everybody who reaches the gateway may call it, at its cost');
    return targetOf(value, headersOf(value, environment, place), timeoutSeconds);
  });
}

function targetOf(
  value: EndpointValue,
  headers: Readonly<Record<string, string>>,
  timeoutSeconds: number,
): PassThroughTarget {
  const url = new URL(value.target);
  const query = { ...value.default_query_params, ...Object.fromEntries(url.searchParams) };
  url.search = '';
  return {
    path: value.path,
    provider: PROVIDER,
    address: url.href.replace(/\/+$/, ''),
    includesSubpath: value.include_subpath,
    methods: value.methods.length === 0 ? null : value.methods,
    headers,
    query,
    forwardsHeaders: value.forward_headers,
    needsCredential: value.auth,
    costPerRequest: value.cost_per_request,
    timeoutSeconds: value.timeout ?? timeoutSeconds,
    adjustment: null,
    aws: null,
  };
}

/** A path has one spelling, and for each method one endpoint. */
function evaluatePath(
  { path, methods }: EndpointValue,
  before: readonly EndpointValue[],
  place: ConfigPath,
): void {
  if (requestedRoute('GET', path)?.path !== path)
    place
      .at('path')
      .refuse('is another spelling of a route of the gateway', 'Choose another path.');
  const isTaken = before.some((one) => one.path === path && haveOneInCommon(one.methods, methods));
  if (isTaken)
    place
      .at('path')
      .refuse(
        'is the path of another endpoint with the same method',
        'Choose another path, or list other methods.',
      );
}

function haveOneInCommon(some: readonly string[], others: readonly string[]): boolean {
  return some.length === 0 || others.length === 0 || some.some((one) => others.includes(one));
}

function headersOf(
  { headers }: EndpointValue,
  environment: Environment,
  place: ConfigPath,
): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    const resolved = withVariables(value, environment, place.at('headers').at(name));
    if (resolved !== null) found[name.toLowerCase()] = resolved;
  }
  return withBasic(found);
}

/** Replaces references within a value, as in `Bearer os.environ/NAME`. */
function withVariables(value: string, environment: Environment, place: ConfigPath): string | null {
  for (const [, name = ''] of value.matchAll(REFERENCE)) {
    if (variableOf(environment, name) === null)
      return place.refuse(
        `refers to the environment variable ${name}, which is not set`,
        `Set ${name}, or remove this key.`,
      );
  }
  const resolved = value.replaceAll(
    REFERENCE,
    (_whole, name: string) => variableOf(environment, name) ?? '',
  );
  const objection = headerValue(resolved);
  return objection === null ? resolved : place.refuse(objection.message, objection.remedy);
}

function withBasic(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { [LANGFUSE.user]: user, [LANGFUSE.password]: password, ...others } = headers;
  if (user === undefined || password === undefined) return headers;
  const basic = Buffer.from(`${user}:${password}`).toString('base64');
  return { ...others, authorization: `Basic ${basic}` };
}
