import type { ConfigPath } from '../diagnostics/config-diagnostics.js';
import type { ConfigNode, MapNode } from './config-node.js';

/** Environment variables; own members alone count. */
export type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = 'os.environ/';
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * The value of a variable. A variable set to nothing counts as unset: that is what Compose files and
 * Helm charts leave behind for a secret that does not exist.
 */
export function variableOf(environment: Environment, name: string): string | null {
  const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
  return value === undefined || value === '' ? null : value;
}

/** The value of the first of some variables that is set. */
export function firstVariableOf(environment: Environment, names: readonly string[]): string | null {
  for (const name of names) {
    const value = variableOf(environment, name);
    if (value !== null) return value;
  }
  return null;
}

/**
 * The environment together with the file's `environment_variables`. What is set outside wins, as it
 * does everywhere.
 * @param declared the section, with its references already replaced
 * @param place where the section stands
 */
export function mergedEnvironment(
  declared: ConfigNode | undefined,
  outside: Environment,
  place: ConfigPath,
): Environment {
  const merged: Record<string, string | undefined> = Object.create(null) as Record<string, string>;
  if (declared?.kind === 'map') {
    for (const [name, node] of declared.entries) {
      if (!VARIABLE.test(name))
        place
          .at(name)
          .refuse('is not a valid variable name', 'Use letters, digits and underscores.');
      else if (node.kind === 'scalar' && node.value !== null) merged[name] = node.text;
    }
  }
  for (const name of Object.keys(outside)) {
    const value = variableOf(outside, name);
    if (value !== null) merged[name] = value;
  }
  return merged;
}

/**
 * Replaces every scalar `os.environ/NAME` by the variable's value (LiteLLM, proxy configuration).
 * @param node what to look through
 * @param environment where values come from
 * @param place where the node stands
 * @param mayBeUnset whether the path may name a variable that is not set; its node is then `unset`,
 *   elsewhere it is a problem besides
 */
export function resolveReferences(
  node: ConfigNode,
  environment: Environment,
  place: ConfigPath,
  mayBeUnset: boolean,
): ConfigNode {
  switch (node.kind) {
    case 'unset':
      return node;
    case 'list':
      return {
        ...node,
        items: node.items.map((item, index) =>
          resolveReferences(item, environment, place.item(index), mayBeUnset),
        ),
      };
    case 'map':
      return resolveMembers(node, environment, place, mayBeUnset);
    case 'scalar':
      if (typeof node.value !== 'string' || !node.value.startsWith(PREFIX)) return node;
      return resolveReference(node.value.slice(PREFIX.length), environment, place, mayBeUnset);
  }
}

/** The first unset variable at or below a node, with its path; `null` when every one is set. */
export function firstUnset(
  node: ConfigNode,
  place: ConfigPath,
): { readonly path: string; readonly variable: string } | null {
  if (node.kind === 'unset') return { path: place.path, variable: node.variable };
  const members: (readonly [ConfigPath, ConfigNode])[] =
    node.kind === 'list'
      ? node.items.map((item, index) => [place.item(index), item])
      : node.kind === 'map'
        ? Array.from(node.entries, ([key, member]) => [place.at(key), member])
        : [];
  for (const [where, member] of members) {
    const found = firstUnset(member, where);
    if (found !== null) return found;
  }
  return null;
}

function resolveMembers(
  node: MapNode,
  environment: Environment,
  place: ConfigPath,
  mayBeUnset: boolean,
): MapNode {
  const entries = new Map<string, ConfigNode>();
  for (const [key, member] of node.entries)
    entries.set(key, resolveReferences(member, environment, place.at(key), mayBeUnset));
  return { ...node, entries };
}

function resolveReference(
  variable: string,
  environment: Environment,
  place: ConfigPath,
  mayBeUnset: boolean,
): ConfigNode {
  if (!VARIABLE.test(variable)) {
    place.refuse(
      'refers to no valid name of an environment variable',
      'Write os.environ/NAME; the name has letters, digits and underscores.',
    );
    return { kind: 'scalar', value: null, text: '' };
  }
  const value = variableOf(environment, variable);
  if (value !== null) return { kind: 'scalar', value, text: value, isReference: true };
  if (!mayBeUnset)
    place.refuse(
      `refers to the environment variable ${variable}, which is not set`,
      `Set ${variable}, or remove this key.`,
    );
  return { kind: 'unset', variable };
}
