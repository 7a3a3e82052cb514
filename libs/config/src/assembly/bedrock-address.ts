import { BEDROCK, bedrockRuntime } from '../names/pass-through-providers.js';
import { credential, httpAddress, regionName } from '../schema/rules.js';
import { firstVariableOf, type Environment } from '../source/environment.js';
import { amazonAccess } from './amazon-access.js';
import type {
  AddressContext,
  DeploymentAddress,
  ModelParams,
  NamedModel,
} from './address-parts.js';

/** LiteLLM's. */
const DEFAULT_REGION = 'us-west-2';
/** How LiteLLM calls the model; every way is the same here. */
const WAY = /^(?:invoke|converse)\//;
const REGION_IN_PATH = /^([a-z]{2}(?:-[a-z]+)+-\d)\/(?=.)/;
const REGION_IN_ARN = /^arn:[^:]*:bedrock:([a-z0-9-]+):/;
const OF_ANTHROPIC = /(?:^|[./])anthropic\.claude-/;
/** Their names do not say which model they have. */
const OWN_PROFILE =
  /^arn:[^:]*:bedrock:[a-z0-9-]+:\d*:(?:application-inference-profile|provisioned-model)\/[\w.:-]+$/;

/**
 * Works out where a model at Amazon Bedrock is reached.
 * @returns `null` after recording a problem
 */
export function bedrockAddress(
  { providerName, upstreamModel: written }: NamedModel,
  params: ModelParams,
  context: AddressContext,
): DeploymentAddress | null {
  const { place, environment } = context;
  const name = written.replace(WAY, '');
  const upstreamModel = name.replace(REGION_IN_PATH, '');
  if (!OF_ANTHROPIC.test(upstreamModel) && !OWN_PROFILE.test(upstreamModel)) {
    place
      .at('model')
      .refuseUnsupported(
        'names a model of Amazon Bedrock that this version of Gatehouse cannot call yet',
        'Write bedrock/anthropic.claude-…, an inference profile such as bedrock/eu.anthropic.claude-…, or its ARN.',
      );
    return null;
  }
  const region = regionOf(params, { name, upstreamModel }, context);
  const base = region === null ? null : baseOf(params, region, context);
  if (region === null || base === null) return null;
  const shared = {
    ...({ provider: providerName, dialect: 'bedrock-anthropic', upstreamModel } as const),
    ...{ apiBase: base.replace(/\/+$/, ''), apiVersion: null },
  };
  const apiKey = params.api_key ?? keyOf(params, environment);
  if (apiKey !== null) return { ...shared, apiKey };
  const cloud = amazonAccess(params, region, context);
  return cloud === null ? null : { ...shared, apiKey, cloud };
}

/** `null` after recording a problem. */
function regionOf(
  params: ModelParams,
  { name, upstreamModel }: { readonly name: string; readonly upstreamModel: string },
  { environment, place }: AddressContext,
): string | null {
  const region =
    params.aws_region_name ??
    REGION_IN_ARN.exec(upstreamModel)?.[1] ??
    REGION_IN_PATH.exec(name)?.[1] ??
    firstVariableOf(environment, BEDROCK.regionVariables) ??
    DEFAULT_REGION;
  if (regionName(region) === null) return region;
  return place
    .at('aws_region_name')
    .refuse(
      'is left out, and the variable in its place names no region',
      'Write a region such as eu-central-1.',
    );
}

/** `null` after recording a problem. */
function baseOf(
  params: ModelParams,
  region: string,
  { environment, place }: AddressContext,
): string | null {
  const written = params.aws_bedrock_runtime_endpoint ?? params.api_base;
  const base = written ?? firstVariableOf(environment, BEDROCK.baseVariables);
  if (base === null) return bedrockRuntime(region);
  const objection = httpAddress(base);
  if (objection === null) return base;
  return place.at('aws_bedrock_runtime_endpoint').refuse(objection.message, objection.remedy);
}

/** The key of the environment goes to no address of the entry, and not where the entry says how it signs in. */
function keyOf(params: ModelParams, environment: Environment): string | null {
  const written = [
    params.api_base,
    params.aws_bedrock_runtime_endpoint,
    params.aws_access_key_id,
    params.aws_profile_name,
    params.aws_role_name,
  ];
  if (written.some((value) => typeof value === 'string')) return null;
  const key = firstVariableOf(environment, BEDROCK.keyVariables);
  return key === null || credential(key) !== null ? null : key;
}
