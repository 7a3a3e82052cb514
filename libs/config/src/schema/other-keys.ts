import { nearName } from '#libs/common';
import type { ConfigPath } from '../diagnostics/config-diagnostics.js';
import { hiddenNarrowing } from '../narrowing/hidden-narrowing.js';
import { misspeltNarrowing, narrowingProblem } from '../narrowing/narrowing.js';
import { warnOfHooks } from '../narrowing/python-hooks.js';
import type { IgnoredKey, PendingKey } from '../names/unsupported-keys.js';
import { namesIn } from '../source/callback-names.js';
import { isAbsent, isFalse, type ConfigNode } from '../source/config-node.js';
import type { SectionKeys } from './key.js';

const OFF = 'off, as if it were left out';
const REFUSED = 'refuses the start';

/** A key of the file that no schema reads. */
export interface OtherKey {
  /** Path of the section that it stands in. */
  readonly path: string;
  readonly name: string;
  readonly member: ConfigNode;
  readonly place: ConfigPath;
}

/** Notes a key that no schema reads, and refuses it where leaving it out would let in more than its author meant to. */
export function evaluateOtherKey(other: OtherKey, keys: SectionKeys): void {
  const { path, name, member, place } = other;
  if (!isNarrowing(path, name, member, place)) evaluateUnread(name, member, place, keys);
}

/** A key that narrows access is never ignored; one that is met here without being read goes on. */
function isNarrowing(path: string, key: string, member: ConfigNode, where: ConfigPath): boolean {
  const problem = narrowingProblem(path, key, member);
  if (problem === null) return false;
  if (problem === 'off') where.note('honoured', OFF);
  else {
    where.note('ignored', REFUSED);
    if (problem.isUnsupported) where.refuseUnsupported(problem.message, problem.remedy);
    else where.refuse(problem.message, problem.remedy);
  }
  return true;
}

function evaluateUnread(
  key: string,
  member: ConfigNode,
  where: ConfigPath,
  definition: SectionKeys,
): void {
  const pending = definition.pending?.get(key);
  const ignored = definition.ignored?.get(key);
  if (pending !== undefined) evaluatePending(member, where, pending);
  else if (ignored !== undefined) {
    where.note(hasEffect(member, ignored) ? 'differs' : 'ignored', ignored.note);
    if (ignored.isLoud && !isNothing(member)) where.warn(`has no effect: ${ignored.note}`);
    if (ignored.mayBeHook === true) warnOfHooks(member, where);
    refuseHidden(key, member, where, true);
  } else if (evaluateUnknown(key, where, definition))
    refuseHidden(key, member, where, definition.unknownKeys === 'keep');
}

function hasEffect(member: ConfigNode, { effectiveName }: IgnoredKey): boolean {
  return effectiveName !== undefined && namesIn(member).includes(effectiveName);
}

/** A key that narrows access refuses the start also below a key whose value is not read. */
function refuseHidden(
  key: string,
  member: ConfigNode,
  where: ConfigPath,
  isFreeForm: boolean,
): void {
  for (const { place, problem } of hiddenNarrowing(key, member, where, isFreeForm)) {
    place.note('ignored', REFUSED);
    place.refuse(problem.message, problem.remedy);
  }
}

/** A key that is not built may be in the file while its value means the same as leaving it out. */
function evaluatePending(member: ConfigNode, where: ConfigPath, pending: PendingKey): void {
  if (isOff(member)) {
    where.note('honoured', OFF);
    return;
  }
  where.note('ignored', REFUSED);
  where.refuseUnsupported(pending.message, pending.remedy);
}

/** Returns whether the key is ignored, not refused. */
function evaluateUnknown(key: string, where: ConfigPath, definition: SectionKeys): boolean {
  const known = [
    ...Object.keys(definition.fields),
    ...(definition.ignored?.keys() ?? []),
    ...(definition.pending?.keys() ?? []),
  ];
  const misspelt = misspeltNarrowing(key, known);
  const isKept = definition.unknownKeys === 'keep' && misspelt === null;
  where.note('ignored', isKept ? 'a note of your own' : 'not known');
  if (isKept) return true;
  if (misspelt === null || definition.unknownKeys === 'refuse')
    return reportUnknown(nearName(key, known), where, definition);
  where.refuse(misspelt.message, misspelt.remedy);
  return false;
}

/** Returns whether the key is ignored, not refused. */
function reportUnknown(
  near: string | null,
  where: ConfigPath,
  { unknownKeys, fields }: SectionKeys,
): boolean {
  if (unknownKeys === 'refuse' || (unknownKeys === 'refuse-near' && near !== null)) {
    const remedy =
      near === null
        ? `Remove it. Known here: ${Object.keys(fields).join(', ')}.`
        : `Did you mean "${near}"?`;
    where.refuse('is not a key of this section', remedy);
    return false;
  }
  where.findings.unknownKeys.push(near === null ? where.path : `${where.path} (${near}?)`);
  return true;
}

function isOff(node: ConfigNode): boolean {
  return isAbsent(node) || isFalse(node);
}

/** Off, or set to nothing: there is no effect to miss. */
function isNothing(node: ConfigNode): boolean {
  if (isOff(node)) return true;
  if (node.kind === 'list') return node.items.length === 0;
  if (node.kind === 'map') return node.entries.size === 0;
  return node.kind === 'scalar' && (node.value === 0 || node.value === '');
}
