import { Place, type ConfigDiagnostics } from '../diagnostics/config-diagnostics.js';
import { CREDENTIAL_KEYS, MODEL_ENTRY_KEYS, ROOT_KEYS } from '../names/litellm-names.js';
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
  const models = file.entries.get(ROOT_KEYS.models);
  const credentials = credentialsOf(file.entries.get(ROOT_KEYS.credentials));
  if (models?.kind !== 'list' || credentials.size === 0) return file;
  const place = new Place(ROOT_KEYS.models, findings);
  const items = models.items.map((entry, index) =>
    withMember(entry, MODEL_ENTRY_KEYS.params, (params) =>
      withValues(params, credentials, place.item(index).at(MODEL_ENTRY_KEYS.params)),
    ),
  );
  const entries = new Map(file.entries).set(ROOT_KEYS.models, { kind: 'list', items });
  return { kind: 'map', entries };
}

function withValues(
  params: ConfigNode,
  credentials: ReadonlyMap<string, MapNode>,
  place: Place,
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
    const name = textOf(item.entries.get(CREDENTIAL_KEYS.name));
    const values = item.entries.get(CREDENTIAL_KEYS.values);
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
