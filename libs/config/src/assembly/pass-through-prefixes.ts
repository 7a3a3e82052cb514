import type { PriceAdjustment } from '../model/prices.js';
import type {
  LackingPrefix,
  PassThroughSettings,
  PassThroughTarget,
} from '../model/pass-through.js';
import {
  BEDROCK,
  bedrockRuntime,
  LANGFUSE,
  PASS_THROUGH_PROVIDERS,
  type PassThroughProvider,
} from '../names/pass-through-providers.js';
import { credential as credentialRule, httpAddress, regionName } from '../schema/rules.js';
import type { TextRule } from '../schema/scalars.js';
import { variableOf, type Environment } from '../source/environment.js';
import { ConfigPath, type ConfigDiagnostics } from '../diagnostics/config-diagnostics.js';
import type { Sources } from './sources.js';

/** A target without what is found for all of them alike. */
type Prefix = Omit<PassThroughTarget, 'adjustment' | 'timeoutSeconds'> | LackingPrefix;

/** What every prefix of a provider has in common. */
const OF_PREFIXES = {
  includesSubpath: true,
  methods: null,
  query: {},
  forwardsHeaders: false,
  needsCredential: true,
  costPerRequest: null,
  aws: null,
} as const;

/**
 * Returns the prefixes of providers: those that have an address and a credential in the environment, and what the others lack.
 * @param timeoutSeconds seconds of a request
 */
export function prefixesOf(
  { environment, findings }: Pick<Sources, 'environment' | 'findings'>,
  timeoutSeconds: number,
  adjustmentOf: (provider: string) => PriceAdjustment | null,
): Pick<PassThroughSettings, 'prefixes' | 'lackingPrefixes'> {
  const variables = new Variables(environment, findings);
  const all: readonly Prefix[] = [
    ...PASS_THROUGH_PROVIDERS.flatMap((provider) => ofProvider(provider, variables)),
    langfuse(variables),
    bedrock(variables),
  ];
  return {
    prefixes: all
      .filter((one) => 'address' in one)
      .map((one) => ({ ...one, timeoutSeconds, adjustment: adjustmentOf(one.provider) })),
    lackingPrefixes: all.filter((one) => 'lack' in one),
  };
}

/** Reads variables, which may be meant for other programs: one that cannot be sent is left out with a warning. */
class Variables {
  constructor(
    private readonly environment: Environment,
    private readonly findings: ConfigDiagnostics,
  ) {}

  /** The first of several variables that is set; `null` where none is. */
  first(names: readonly string[], rule: TextRule): string | null {
    for (const name of names) {
      const value = variableOf(this.environment, name);
      if (value === null) continue;
      const objection = rule(value);
      if (objection === null) return value;
      new ConfigPath(name, this.findings).warn(
        `${objection.message} and is not used. ${objection.remedy}`,
      );
    }
    return null;
  }

  address(names: readonly string[]): string | null {
    return this.first(names, httpAddress);
  }

  secret(...names: readonly string[]): string | null {
    return this.first(names, credentialRule);
  }
}

function ofProvider(provider: PassThroughProvider, variables: Variables): readonly Prefix[] {
  const { prefixes, baseVariables, keyVariables, isKeyOptional = false } = provider;
  const base = variables.address(baseVariables) ?? provider.apiBase;
  if (base === null) return lacking(prefixes, baseVariables);
  const key = variables.secret(...keyVariables);
  if (key === null && !isKeyOptional) return lacking(prefixes, keyVariables);
  return prefixes.map((path) => ({
    ...OF_PREFIXES,
    path,
    provider: provider.provider,
    address: completed(base, provider.apiBase),
    headers: key === null ? {} : provider.credential(key),
  }));
}

function langfuse(variables: Variables): Prefix {
  const { prefix: path, provider, publicKey, secretKey, baseVariables, apiBase } = LANGFUSE;
  const user = variables.secret(publicKey);
  const password = variables.secret(secretKey);
  if (user === null || password === null)
    return { path, lack: `${publicKey} and ${secretKey} are not both set` };
  const basic = Buffer.from(`${user}:${password}`).toString('base64');
  return {
    ...OF_PREFIXES,
    path,
    provider,
    address: completed(variables.address(baseVariables) ?? apiBase, null),
    headers: { authorization: `Basic ${basic}` },
  };
}

function bedrock(variables: Variables): Prefix {
  const { prefix: path, provider, baseVariables, keyVariables, regionVariables } = BEDROCK;
  const region = variables.first(regionVariables, regionName);
  const base =
    variables.address(baseVariables) ?? (region === null ? null : bedrockRuntime(region));
  if (base === null) return { path, lack: `${regionVariables.join(', ')} are not set` };
  const address = completed(base, null);
  const shared = { ...OF_PREFIXES, path, provider, address };
  const key = variables.secret(...keyVariables);
  if (key !== null) return { ...shared, headers: { authorization: `Bearer ${key}` } };
  const accessKeyId = variables.secret('AWS_ACCESS_KEY_ID');
  const secretAccessKey = variables.secret('AWS_SECRET_ACCESS_KEY');
  if (accessKeyId === null || secretAccessKey === null || region === null)
    return {
      path,
      lack: `neither ${keyVariables.join(' or ')} nor AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION_NAME are set`,
    };
  const sessionToken = variables.secret('AWS_SESSION_TOKEN');
  return { ...shared, headers: {}, aws: { accessKeyId, secretAccessKey, sessionToken, region } };
}

function lacking(prefixes: readonly string[], variables: readonly string[]): readonly Prefix[] {
  const lack =
    variables.length === 1
      ? `${variables.join('')} is not set`
      : `none of ${variables.join(', ')} is set`;
  return prefixes.map((path) => ({ path, lack }));
}

/** An address without a path gets that of the provider's own, as in `model_list`. Its query is not part of it. */
function completed(written: string, own: string | null): string {
  const url = new URL(written);
  if (url.pathname === '/' && own !== null) url.pathname = new URL(own).pathname;
  url.search = '';
  return url.href.replace(/\/+$/, '');
}
