import type { DeploymentDescription, DeploymentSettings } from '../model/settings.js';
import type { ModelEntry } from '../schema/model-list.config.js';
import { priceFieldOf } from '../schema/prices.config.js';
import type { ConfigNode, MapNode } from '../source/config-node.js';
import { healthCheckOf } from './health.js';

/** Members of `litellm_params` that tell neither a credential nor where the upstream is. */
const SHOWN_PARAMS: ReadonlySet<string> = new Set([
  'model',
  'custom_llm_provider',
  'api_version',
  'region_name',
  'weight',
  'rpm',
  'tpm',
  'order',
  'tags',
  'max_parallel_requests',
  'timeout',
  'stream_timeout',
  'num_retries',
  'cooldown_time',
  'max_budget',
  'budget_duration',
  'drop_params',
  'tiered_pricing',
  'off_peak_pricing',
  'provider_specific_entry',
  'search_context_cost_per_query',
]);

/** Names of a credential that an operator may have noted beside the model. */
const SECRET = /(?:^|_)(?:key|secret|password|credentials?|token|authorization|cookie)s?$/i;

/**
 * Returns what clients may learn of an entry of `model_list`, and how its health is checked.
 * @param node the entry as it stands in the file
 */
export function describedDeployment(
  entry: ModelEntry,
  node: ConfigNode,
  provider: string,
): Pick<DeploymentSettings, 'description' | 'healthCheck'> {
  return {
    description: descriptionOf(entry, node),
    healthCheck: healthCheckOf(entry, provider),
  };
}

function descriptionOf(
  { model_info: { mode } }: ModelEntry,
  node: ConfigNode,
): DeploymentDescription {
  return {
    mode,
    info: membersOf(sectionOf(node, 'model_info'), (name, member) => !isSecret(name, member)),
    params: membersOf(
      sectionOf(node, 'litellm_params'),
      (name) => SHOWN_PARAMS.has(name) || priceFieldOf(name) !== null,
    ),
  };
}

function sectionOf(node: ConfigNode, name: string): MapNode | null {
  const section = node.kind === 'map' ? node.entries.get(name) : undefined;
  return section?.kind === 'map' ? section : null;
}

function membersOf(
  section: MapNode | null,
  isShown: (name: string, member: ConfigNode) => boolean,
): Record<string, unknown> {
  const shown = [...(section?.entries ?? [])].flatMap(([name, member]) => {
    const value = isShown(name, member) ? shownValue(member) : undefined;
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(shown);
}

/** `undefined` for what came from the environment or was left out. */
function shownValue(node: ConfigNode): unknown {
  switch (node.kind) {
    case 'unset':
      return undefined;
    case 'scalar':
      return node.isReference === true ? undefined : node.value;
    case 'list':
      return node.items.map(shownValue).filter((item) => item !== undefined);
    case 'map':
      return membersOf(node, (name, member) => !isSecret(name, member));
  }
}

/** Numbers are prices and limits of tokens. */
function isSecret(name: string, member: ConfigNode): boolean {
  return SECRET.test(name) && !(member.kind === 'scalar' && typeof member.value === 'number');
}
