import type { z } from 'zod';
import type { ConfigPath } from '../diagnostics/config-diagnostics.js';
import { isAbsent, type ConfigNode, type MapNode } from '../source/config-node.js';
import { descriptionOf, type KeyDescription, type SectionKeys } from './key.js';
import { evaluateOtherKey } from './other-keys.js';
import type { ValueProblem } from './problems.js';

/**
 * Goes through the file in its order: notes how each key is treated, evaluates the keys that no schema has, and leaves the
 * problems of values at their places.
 */
export class Survey {
  private readonly problems = new Map<string, ValueProblem[]>();

  /** @param problems of the values below the node that is visited */
  constructor(problems: readonly ValueProblem[]) {
    for (const problem of problems) {
      const at = nameOf(problem.path);
      this.problems.set(at, [...(this.problems.get(at) ?? []), problem]);
    }
  }

  /** Goes through a value and what is below it. */
  visit(node: ConfigNode, key: z.ZodType | null, place: ConfigPath): void {
    this.visitBelow(node, key === null ? null : descriptionOf(key), { place, path: [] });
  }

  private visitBelow(node: ConfigNode, description: KeyDescription | null, at: Position): void {
    if (node.kind !== 'unset') this.report(at, isEmptyEntry(node, at));
    if (node.kind === 'list') {
      const entry = description?.entry;
      for (const [index, item] of node.items.entries())
        this.visitBelow(item, entry === undefined ? null : descriptionOf(entry), {
          place: at.place.item(index),
          path: [...at.path, index],
        });
    }
    if (node.kind === 'map') this.visitMembers(node, description, at);
  }

  private visitMembers(node: MapNode, description: KeyDescription | null, at: Position): void {
    const { section, mapping, member: free } = description ?? NOTHING;
    const keys = section ?? mapping;
    for (const [name, member] of node.entries) {
      const place = at.place.at(name);
      const below =
        keys === undefined
          ? descriptionOrNull(free)
          : memberOf(keys, name, member, { place, parent: at.place });
      this.visitBelow(member, below, { place, path: [...at.path, name] });
    }
    for (const name of Object.keys(keys?.fields ?? {}))
      if (!node.entries.has(name))
        this.report({ place: at.place.at(name), path: [...at.path, name] }, false);
  }

  private report({ place, path }: Position, isEmpty: boolean): void {
    const found = new Map(
      (this.problems.get(nameOf(path)) ?? []).map((problem) => [problem.message, problem]),
    );
    if (isEmpty && found.size > 0)
      place.refuse('is an empty entry', 'Write a value, or remove the line.');
    else for (const { message, remedy } of found.values()) place.refuse(message, remedy);
  }
}

/** The description of a value that no schema reads. */
const NOTHING: KeyDescription = { description: '' };

function descriptionOrNull(key: z.ZodType | undefined): KeyDescription | null {
  return key === undefined ? null : descriptionOf(key);
}

interface Position {
  readonly place: ConfigPath;
  readonly path: readonly PropertyKey[];
}

/** Notes a key of a section. Returns its description; `null` where no schema reads it. */
function memberOf(
  keys: SectionKeys,
  name: string,
  member: ConfigNode,
  { place, parent }: { readonly place: ConfigPath; readonly parent: ConfigPath },
): KeyDescription | null {
  const key = Object.hasOwn(keys.fields, name) ? keys.fields[name] : ofFamily(keys, name);
  if (key === undefined) {
    evaluateOtherKey({ path: parent.path, name, member, place }, keys);
    return null;
  }
  const description = descriptionOf(key);
  const { section, differs } = description;
  if (section === undefined) place.note(differs === undefined ? 'honoured' : 'differs', differs);
  return description;
}

function ofFamily({ family }: SectionKeys, name: string): z.ZodType | undefined {
  return family?.names.test(name) === true ? family.key : undefined;
}

function isEmptyEntry(node: ConfigNode, { path }: Position): boolean {
  return isAbsent(node) && typeof path.at(-1) === 'number';
}

function nameOf(path: readonly PropertyKey[]): string {
  return JSON.stringify(path);
}
