import type { WireFormat } from '#libs/common';
import { speaks } from '../dialects/dialect-table.js';
import type { CallableModel } from './callable-models.js';
import { modelInfoOf, type DescribingPrices, type ModelInfo } from './model-info.js';

const WIRES: readonly WireFormat[] = ['openai', 'anthropic', 'google'];

/** A model of a list, with what holds at every deployment that may serve it. */
export interface ListedModel {
  readonly name: string;
  /** The APIs in whose form one of the deployments can be called. */
  readonly wires: readonly WireFormat[];
  /** `model_info.mode` of the first deployment, else by the name of its model. */
  readonly mode: string;
  /** The least of the deployments; `null` where none of them is known. */
  readonly maxInputTokens: number | null;
  readonly maxOutputTokens: number | null;
  /** False where a deployment says that it reads no pictures. */
  readonly mayReadImages: boolean;
  /** True where every deployment says that it reasons. */
  readonly reasons: boolean;
}

/** Returns what a list says of a model. */
export function listedModelOf(
  { name, group }: CallableModel,
  priceBook: DescribingPrices,
): ListedModel {
  const infos = group.deployments.map((deployment) => modelInfoOf(deployment, priceBook));
  return {
    name,
    wires: WIRES.filter((wire) => group.deployments.some((one) => speaks(one, wire))),
    mode: String(infos[0]?.['mode']),
    maxInputTokens: leastOf(infos, 'max_input_tokens'),
    maxOutputTokens: leastOf(infos, 'max_tokens'),
    mayReadImages: infos.every((info) => info['supports_vision'] !== false),
    reasons: infos.every((info) => info['supports_reasoning'] === true),
  };
}

function leastOf(infos: readonly ModelInfo[], name: string): number | null {
  const known = infos.map((info) => info[name]).filter((value) => typeof value === 'number');
  return known.length === 0 ? null : Math.min(...known);
}
