import type { ConfigNode, MapNode } from './config-node.js';

/** Returns the names in `litellm_settings.callbacks`, whose names no schema reads, because few have an effect. */
export function callbackNamesOf(file: MapNode): readonly string[] {
  const library = file.entries.get('litellm_settings');
  const node = library?.kind === 'map' ? library.entries.get('callbacks') : undefined;
  return node === undefined ? [] : namesIn(node);
}

/** Returns the names in a list, or the one that stands in its place. */
export function namesIn(node: ConfigNode): readonly string[] {
  const names = node.kind === 'list' ? node.items : [node];
  return names.flatMap((name) => (name.kind === 'scalar' ? [name.text] : []));
}
