import type { MapNode } from './config-node.js';

/** Returns the names in `litellm_settings.callbacks`, whose names no schema reads, because few have an effect. */
export function callbackNamesOf(file: MapNode): readonly string[] {
  const library = file.entries.get('litellm_settings');
  const node = library?.kind === 'map' ? library.entries.get('callbacks') : undefined;
  const names = node?.kind === 'list' ? node.items : node === undefined ? [] : [node];
  return names.flatMap((name) => (name.kind === 'scalar' ? [name.text] : []));
}
