import type { DeploymentSettings } from '#libs/config';
import type { CallableModel } from './callable-models.js';
import { ABILITY, modelInfoOf, type DescribingPrices, type ModelInfo } from './model-info.js';

/** A deployment of a model, in LiteLLM's form. */
export interface ModelEntry {
  readonly model_name: string;
  readonly litellm_params: Readonly<Record<string, unknown>>;
  readonly model_info: ModelInfo;
}

/** A group of deployments, in LiteLLM's form. */
export type ModelGroupEntry = Readonly<Record<string, unknown>>;

/** Returns an entry for each deployment that may serve one of the models. */
export function modelEntriesOf(
  models: readonly CallableModel[],
  priceBook: DescribingPrices,
  showsAddress: boolean,
): readonly ModelEntry[] {
  return models.flatMap(({ name, group }) =>
    group.deployments.map((deployment) => ({
      model_name: name,
      litellm_params: paramsOf(deployment, showsAddress),
      model_info: modelInfoOf(deployment, priceBook),
    })),
  );
}

/**
 * Returns one entry for a model: the most that one of its deployments can do, the highest of their prices, and the capacity of
 * all of them together.
 */
export function groupEntryOf(
  { name, group: { deployments } }: CallableModel,
  priceBook: DescribingPrices,
): ModelGroupEntry {
  const infos = deployments.map((deployment) => modelInfoOf(deployment, priceBook));
  const params = deployments.map(({ description }) => description.params);
  return {
    model_group: name,
    providers: [...new Set(deployments.map(({ provider }) => provider))],
    mode: infos[0]?.['mode'] ?? null,
    max_input_tokens: most(infos, 'max_input_tokens'),
    max_output_tokens: most(infos, 'max_output_tokens'),
    input_cost_per_token: most(infos, 'input_cost_per_token'),
    output_cost_per_token: most(infos, 'output_cost_per_token'),
    tpm: sum(params, 'tpm'),
    rpm: sum(params, 'rpm'),
    ...abilitiesOf(infos),
    supported_openai_params: null,
    is_public_model_group: false,
  };
}

function paramsOf(
  { description, provider, upstreamModel, apiBase }: DeploymentSettings,
  showsAddress: boolean,
): ModelEntry['litellm_params'] {
  const { model: written } = description.params;
  const isName = typeof written === 'string' && !written.includes('*');
  return {
    ...description.params,
    model: isName ? written : `${provider}/${upstreamModel}`,
    ...(showsAddress ? { api_base: apiBase } : {}),
  };
}

function abilitiesOf(infos: readonly ModelInfo[]): Record<string, boolean> {
  const names = infos.flatMap((info) => Object.keys(info)).filter((name) => ABILITY.test(name));
  return Object.fromEntries(
    [...new Set(names)].map((name) => [name, infos.some((info) => info[name] === true)]),
  );
}

function most(infos: readonly ModelInfo[], name: string): number | null {
  const numbers = numbersOf(infos, name);
  return numbers.length === 0 ? null : Math.max(...numbers);
}

function sum(infos: readonly ModelInfo[], name: string): number | null {
  const numbers = numbersOf(infos, name);
  return numbers.length === 0 ? null : numbers.reduce((total, value) => total + value, 0);
}

function numbersOf(infos: readonly ModelInfo[], name: string): number[] {
  return infos.map((info) => info[name]).filter((value) => typeof value === 'number');
}
