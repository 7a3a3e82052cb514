import { nearName } from '#libs/common';
import {
  NARROWING_SETTINGS,
  VARIABLES_SECTION,
  type NarrowingSetting,
} from './narrowing-settings.js';
import { isAbsent, isFalse, type ConfigNode } from '../source/config-node.js';
import { variableOf, type Environment } from '../source/environment.js';
import { ConfigPath, type ConfigDiagnostics } from '../diagnostics/config-diagnostics.js';

/** Why a key refuses the start, and what to write instead. */
export interface NarrowingProblem {
  readonly message: string;
  readonly remedy: string;
  /** Whether it is right in LiteLLM, and only not built here. */
  readonly isUnsupported?: true;
}

/** Shorter names are too often near a name by chance. */
const SHORTEST_MISSPELT = 7;

const byKey: ReadonlyMap<string, readonly NarrowingSetting[]> = Map.groupBy(
  NARROWING_SETTINGS,
  ({ key }) => key,
);

/**
 * Tells why a key that a section does not read must not be ignored there, because it narrows access.
 * @param path path of the section
 * @returns `null` for a key that narrows nothing, or is met here without being read; `off` for one whose value narrows
 *   nothing
 */
export function narrowingProblem(
  path: string,
  key: string,
  node: ConfigNode,
): NarrowingProblem | 'off' | null {
  const homes = byKey.get(key);
  if (homes === undefined) return null;
  const home = homes.find(({ section }) => section === sectionOf(path));
  if (!homes.some((entry) => isNarrowedBy(entry, node))) return null;
  if (home === undefined) return isOff(node) ? 'off' : misplaced(homes);
  if (home.state !== 'refused') return null;
  if (isOff(node) || (isEmptyList(node) && home.isEmptyNarrow !== true)) return 'off';
  return {
    message: 'narrows access, and this version of Gatehouse does not do it',
    remedy: home.remedy,
    isUnsupported: true,
  };
}

/**
 * Tells why a key must not be ignored below a key that is not read: nothing there has an effect.
 * @returns `null` for a key or value that narrows nothing
 */
export function misplacedProblem(key: string, node: ConfigNode): NarrowingProblem | null {
  const homes = byKey.get(key);
  if (homes === undefined || isOff(node)) return null;
  return homes.some((home) => isNarrowedBy(home, node)) ? misplaced(homes) : null;
}

/**
 * Tells why an unknown key must not be ignored, because it looks like one that narrows access.
 * @param known names that the section knows; a nearer one of them wins
 */
export function misspeltNarrowing(key: string, known: readonly string[]): NarrowingProblem | null {
  if (key.length < SHORTEST_MISSPELT) return null;
  const near = nearName(key, [...byKey.keys(), ...known]);
  const homes = near === null ? undefined : byKey.get(near);
  const isNarrow = homes?.some(isAlwaysNarrow);
  if (near === null || homes === undefined || isNarrow !== true) return null;
  return {
    message: `is not known, and ${near} narrows access`,
    remedy: `Did you mean "${near}"? ${misplaced(homes).remedy} Otherwise remove this key.`,
  };
}

/**
 * Refuses variables that narrow access in LiteLLM and are not read here.
 * @param environment process environment and `environment_variables`
 * @param findings where the problems go
 */
export function refuseNarrowingVariables(
  environment: Environment,
  findings: ConfigDiagnostics,
): void {
  for (const { key, section, state, remedy } of NARROWING_SETTINGS) {
    if (section !== VARIABLES_SECTION || state !== 'refused') continue;
    const value = variableOf(environment, key)?.toLowerCase() ?? 'false';
    if (['false', '0', 'no', 'off'].includes(value)) continue;
    new ConfigPath(key, findings).refuse(
      'narrows access, and this version of Gatehouse does not do it',
      remedy,
    );
  }
}

function misplaced(homes: readonly NarrowingSetting[]): NarrowingProblem {
  const honoured = homes.filter(({ state }) => state === 'honoured');
  const best = honoured.length > 0 ? honoured : homes;
  const places = best.map(({ section }) =>
    section === '' ? 'at the top level' : `below ${section}`,
  );
  const remedies = [...new Set(best.map(({ remedy }) => remedy).filter((remedy) => remedy !== ''))];
  return {
    message: 'narrows access and stands in the wrong place',
    remedy:
      honoured.length > 0
        ? `Write it ${places.join(' or ')}.`
        : `LiteLLM reads it ${places.join(' or ')}. ${remedies.join(' ')}`,
  };
}

function isAlwaysNarrow({ state, values, members }: NarrowingSetting): boolean {
  return state !== 'met' && values === undefined && members === undefined;
}

/** A setting that is always met never narrows, in every section. */
function isNarrowedBy(setting: NarrowingSetting, node: ConfigNode): boolean {
  const { state, values, members } = setting;
  if (state === 'met') return false;
  if (values !== undefined) return holdsOneOf(node, values);
  return members === undefined || hasOneOf(node, members);
}

function sectionOf(path: string): string {
  return path.replaceAll(/\[\d+\]/g, '[]');
}

function isOff(node: ConfigNode): boolean {
  if (isAbsent(node)) return true;
  if (node.kind === 'map') return node.entries.size === 0;
  return isFalse(node) || (node.kind === 'scalar' && node.value === '');
}

function isEmptyList(node: ConfigNode): boolean {
  return node.kind === 'list' && node.items.length === 0;
}

function holdsOneOf(node: ConfigNode, values: readonly string[]): boolean {
  if (node.kind === 'list') return node.items.some((item) => holdsOneOf(item, values));
  return node.kind === 'scalar' && values.includes(node.text);
}

function hasOneOf(node: ConfigNode, members: readonly string[]): boolean {
  if (node.kind === 'list') return node.items.some((item) => hasOneOf(item, members));
  return node.kind === 'map' && members.some((member) => node.entries.has(member));
}
