import { ConfigPath, type ConfigDiagnostics } from '../diagnostics/config-diagnostics.js';
import type { ConfigNode, MapNode } from './config-node.js';

/** The key of `litellm_params` that names a credential. */
const CREDENTIAL_NAME = 'litellm_credential_name';

/**
 * Writes the values of `credential_list` into the entries of `model_list` that name them. What an entry has itself wins, as in
 * LiteLLM. A name that is not in the list stays where it is, so that the entry is refused.
 * @param file the configuration, with its references already replaced
 * @param findings where it is noted that the name counts
 */
export function withCredentials(file: MapNode, findings: ConfigDiagnostics): MapNode {
  const models = file.entries.get('model_list');
  const credentials = credentialsOf(file.entries.get('credential_list'));
  if (models?.kind !== 'list' || credentials.size === 0) return file;
  const place = new ConfigPath('model_list', findings);
  const items = models.items.map((entry, index) =>
    withMember(entry, 'litellm_params', (params) =>
      withValues(params, credentials, place.item(index).at('litellm_params')),
    ),
  );
  const entries = new Map(file.entries).set('model_list', { kind: 'list', items });
  return { kind: 'map', entries };
}

function withValues(
  params: ConfigNode,
  credentials: ReadonlyMap<string, MapNode>,
  place: ConfigPath,
): ConfigNode {
  if (params.kind !== 'map') return params;
  const values = credentials.get(textOf(params.entries.get(CREDENTIAL_NAME)) ?? '');
  if (values === undefined) return params;
  const own = [...params.entries].filter(([key]) => key !== CREDENTIAL_NAME);
  place.at(CREDENTIAL_NAME).note('honoured');
  return { kind: 'map', entries: new Map([...values.entries, ...own]) };
}

function credentialsOf(list: ConfigNode | undefined): ReadonlyMap<string, MapNode> {
  const found = new Map<string, MapNode>();
  for (const item of list?.kind === 'list' ? list.items : []) {
    if (item.kind !== 'map') continue;
    const name = textOf(item.entries.get('credential_name'));
    const values = item.entries.get('credential_values');
    if (name !== null && values?.kind === 'map' && !found.has(name)) found.set(name, values);
  }
  return found;
}

function withMember(
  node: ConfigNode,
  key: string,
  change: (member: ConfigNode) => ConfigNode,
): ConfigNode {
  const member = node.kind === 'map' ? node.entries.get(key) : undefined;
  if (node.kind !== 'map' || member === undefined) return node;
  return { kind: 'map', entries: new Map(node.entries).set(key, change(member)) };
}

function textOf(node: ConfigNode | undefined): string | null {
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : null;
}
