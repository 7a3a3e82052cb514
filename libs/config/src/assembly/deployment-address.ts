import { nearName } from '#libs/common';
import {
  PROVIDERS,
  PROVIDERS_NOT_BUILT,
  providerOfWellKnownModel,
  type Provider,
} from '../names/providers.js';
import type { ConfigPath } from '../diagnostics/config-diagnostics.js';
import type { Dialect } from '../model/dialect.js';
import { firstVariableOf, variableOf, type Environment } from '../source/environment.js';
import type { DeploymentAddress, ModelParams, NamedModel } from './address-parts.js';
import { bedrockAddress } from './bedrock-address.js';
import { vertexAddress } from './vertex-address.js';

const AZURE_V1_VERSIONS = ['v1', 'preview', 'latest'];
const AZURE_V1_PATH = '/openai/v1';

/** What LiteLLM sends where neither the entry nor AZURE_API_VERSION names a version. */
const AZURE_VERSION_VARIABLE = 'AZURE_API_VERSION';
const AZURE_DEFAULT_VERSION = '2025-02-01-preview';

/** Parts before the model that choose a way of calling in LiteLLM and belong to no name. */
const RESPONSES_BRIDGE = 'responses/';
const AZURE_SERIES = ['o_series/', 'gpt5_series/'] as const;

/**
 * Works out where a deployment is reached (LiteLLM, `model_list`).
 * @param params its `litellm_params`
 * @param environment where the credential of a well-known provider may be
 * @param place of `litellm_params`
 * @returns `null` after recording a problem
 */
export function addressOf(
  params: ModelParams,
  environment: Environment,
  place: ConfigPath,
): DeploymentAddress | null {
  const written = namedModel(params, place);
  if (written === null) return null;
  const named = withoutBridge(written, place);
  const provider = findProvider(named.providerName, params, place);
  if (provider === null) return null;
  const { wire: dialect } = provider;
  if (dialect === 'vertex') return vertexAddress(named, params, { environment, place });
  if (dialect === 'bedrock') return bedrockAddress(named, params, { environment, place });
  return dialect === 'azure'
    ? azureAddress(named, params, { environment, place })
    : plainAddress({ ...named, dialect }, provider, params, { environment, place });
}

function namedModel(params: ModelParams, place: ConfigPath): NamedModel | null {
  const { model, custom_llm_provider: provider } = params;
  if (model === null) return null;
  const slash = model.indexOf('/');
  const prefix = slash < 0 ? null : model.slice(0, slash);
  if (provider !== null) {
    const isRepeated = prefix === provider;
    return { providerName: provider, upstreamModel: isRepeated ? model.slice(slash + 1) : model };
  }
  if (prefix !== null && slash > 0 && slash < model.length - 1)
    return { providerName: prefix, upstreamModel: model.slice(slash + 1) };
  const wellKnown = prefix === null ? providerOfWellKnownModel(model) : null;
  if (wellKnown !== null) return { providerName: wellKnown, upstreamModel: model };
  place
    .at('model')
    .refuseUnsupported(
      'names no provider',
      'Write provider/model, for example openai/gpt-4o; openai/… also for compatible servers with api_base.',
    );
  return null;
}

function withoutBridge(named: NamedModel, place: ConfigPath): NamedModel {
  const { providerName, upstreamModel } = named;
  const series = providerName === 'azure' ? AZURE_SERIES : [];
  const bridge = [RESPONSES_BRIDGE, ...series].find((prefix) => upstreamModel.startsWith(prefix));
  if (bridge === undefined || bridge.length === upstreamModel.length) return named;
  if (bridge === RESPONSES_BRIDGE)
    place
      .at('model')
      .warn(
        'asks for the Responses API: chat completions are sent as chat completions, under the name behind "responses/"',
      );
  return { providerName, upstreamModel: upstreamModel.slice(bridge.length) };
}

function findProvider(name: string, params: ModelParams, place: ConfigPath): Provider | null {
  const known = PROVIDERS.get(name);
  if (known !== undefined) return known;
  const where = place.at(params.custom_llm_provider === null ? 'model' : 'custom_llm_provider');
  if (PROVIDERS_NOT_BUILT.has(name)) {
    where.refuseUnsupported(
      'names a provider that this version of Gatehouse cannot call yet',
      'Use its OpenAI-compatible address, if it has one: openai/… with api_base.',
    );
    return null;
  }
  if (params.api_base !== null) {
    where.warn(
      'names a provider that is not known: it is called as an OpenAI-compatible server, which gets the name behind the slash',
    );
    return { wire: 'openai', apiBase: null, keyVariables: [], defaultPath: '' };
  }
  const near = nearName(name, PROVIDERS.keys());
  const remedy = near === null ? 'Write openai/… and api_base.' : `Did you mean "${near}/…"?`;
  where.refuseUnsupported('names a provider that is not known, and there is no api_base', remedy);
  return null;
}

function plainAddress(
  { providerName, upstreamModel, dialect }: NamedModel & { readonly dialect: Dialect },
  provider: Provider,
  params: ModelParams,
  { environment, place }: { readonly environment: Environment; readonly place: ConfigPath },
): DeploymentAddress | null {
  const base = params.api_base ?? provider.apiBase;
  if (base === null) {
    refuseMissingBase(place, 'Write the address of the server, usually ending in /v1.');
    return null;
  }
  const url = new URL(base);
  if (isBare(url)) url.pathname = provider.defaultPath;
  return {
    provider: providerName,
    dialect,
    upstreamModel,
    apiBase: withoutTrailingSlash(url.href),
    apiKey: params.api_key ?? ownKey(provider, params, environment, place),
    apiVersion: null,
  };
}

/** A key out of the environment goes to its provider's own address alone, never to another host. */
function ownKey(
  provider: Provider,
  params: ModelParams,
  environment: Environment,
  place: ConfigPath,
): string | null {
  if (params.api_base !== null || provider.keyVariables.length === 0) return null;
  const key = firstVariableOf(environment, provider.keyVariables);
  if (key !== null) return key;
  place.warn(
    `has no api_key, and ${provider.keyVariables.join(', ')} is not set: calls are sent without`,
  );
  return null;
}

function azureAddress(
  { providerName, upstreamModel }: NamedModel,
  params: ModelParams,
  { environment, place }: { readonly environment: Environment; readonly place: ConfigPath },
): DeploymentAddress | null {
  if (params.api_base === null) {
    refuseMissingBase(place, 'Write https://NAME.openai.azure.com.');
    return null;
  }
  const url = new URL(params.api_base);
  const path = withoutTrailingSlash(url.pathname);
  const shared = { provider: providerName, upstreamModel, apiKey: params.api_key };
  const version = params.api_version ?? variableOf(environment, AZURE_VERSION_VARIABLE);
  if (path.endsWith(AZURE_V1_PATH) || (version !== null && AZURE_V1_VERSIONS.includes(version))) {
    url.pathname = path.endsWith(AZURE_V1_PATH) ? path : resourcePath(path) + AZURE_V1_PATH;
    return {
      ...shared,
      dialect: 'azure-v1',
      apiBase: withoutTrailingSlash(url.href),
      apiVersion: azureV1Version(version, params.api_version, place),
    };
  }
  url.pathname = resourcePath(path);
  return {
    ...shared,
    dialect: 'azure-deployment',
    apiBase: withoutTrailingSlash(url.href),
    apiVersion: version ?? defaultAzureVersion(place),
  };
}

function defaultAzureVersion(place: ConfigPath): string {
  place
    .at('api_version')
    .warn(
      `and ${AZURE_VERSION_VARIABLE} are left out: ${AZURE_DEFAULT_VERSION} is sent, as LiteLLM does`,
    );
  return AZURE_DEFAULT_VERSION;
}

/** The v1 address takes no dated version; `preview` opens its preview features. */
function azureV1Version(
  version: string | null,
  written: string | null,
  place: ConfigPath,
): string | null {
  if (version === 'preview') return version;
  if (written !== null && !AZURE_V1_VERSIONS.includes(written))
    place
      .at('api_version')
      .warn('is not sent: api_base is a v1 address, which takes no dated version');
  return null;
}

/** The path of the resource, without what the dialect itself adds. */
function resourcePath(path: string): string {
  return path.replace(/\/openai(\/deployments(\/.*)?)?$/, '');
}

function refuseMissingBase(place: ConfigPath, remedy: string): void {
  place.at('api_base').refuseUnsupported('is missing', remedy);
}

function isBare(url: URL): boolean {
  return url.pathname === '/' || url.pathname === '';
}

function withoutTrailingSlash(address: string): string {
  return address.replace(/\/+$/, '');
}
