import { resolve } from 'node:path';
import { ConfigPath, type ConfigDiagnostics } from '../diagnostics/config-diagnostics.js';
import { readNamedFile } from './config-file.js';
import { isAbsent, type ConfigNode, type MapNode } from './config-node.js';
import { readYaml } from './read-yaml.js';

/** The key that names further files. */
const INCLUDE = 'include';

/**
 * Adds the files of `include` to a configuration, as LiteLLM does: lists such as `model_list` are continued, other sections
 * are added. A section that two files give is a problem, because the order would decide which one counts.
 * @param directory directory of its file, to which the names are relative
 * @param findings collects problems: files that cannot be read, sections given twice
 */
export function withIncludes(
  file: MapNode,
  directory: string,
  findings: ConfigDiagnostics,
): MapNode {
  const place = new ConfigPath(INCLUDE, findings);
  const entries = new Map(file.entries);
  for (const [index, name] of namesOf(file.entries.get(INCLUDE)).entries()) {
    const where = place.item(index);
    const text = readNamedFile(resolve(directory, name), where);
    if (text === null) continue;
    const included = readYaml(text, where);
    for (const [key, node] of included.entries) add(entries, key, node, where);
  }
  return { kind: 'map', entries };
}

function add(
  entries: Map<string, ConfigNode>,
  key: string,
  node: ConfigNode,
  place: ConfigPath,
): void {
  const own = entries.get(key);
  if (key === INCLUDE)
    place.refuse('includes further files', 'Name all files in the first configuration file.');
  else if (own === undefined || isAbsent(own)) entries.set(key, node);
  else if (own.kind === 'list' && node.kind === 'list')
    entries.set(key, { kind: 'list', items: [...own.items, ...node.items] });
  else if (!isAbsent(node))
    place.refuse(
      'has a section that another file has, too',
      'Write each section in one file; lists such as model_list may be in several.',
    );
}

/** Returns the file names; the schema of the key refuses all other values. */
function namesOf(node: ConfigNode | undefined): readonly string[] {
  const items = node?.kind === 'list' ? node.items : node === undefined ? [] : [node];
  return items.flatMap((item) =>
    item.kind === 'scalar' && typeof item.value === 'string' && item.value !== ''
      ? [item.value]
      : [],
  );
}
