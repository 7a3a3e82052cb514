import { z } from 'zod';
import { descriptionOf } from './schema/key.js';
import { ROOT_SECTION } from './schema/root.config.js';

/** One key of config.yaml, for its reference page. */
export interface DescribedKey {
  /** Path, with `[]` for the entries of a list. */
  readonly path: string;
  readonly description: string;
  /** How its meaning differs from LiteLLM's; `null` where it has the same or LiteLLM has no such key. */
  readonly differs: string | null;
  /** What holds when it is left out, as JSON; `null` where that is nothing or needs a sentence. */
  readonly default: string | null;
}

/** Returns every key that is read, in the order of the schemas. */
export function describedKeys(): readonly DescribedKey[] {
  return keysBelow(ROOT_SECTION, '');
}

function keysBelow(key: z.ZodType, path: string): DescribedKey[] {
  const { section, entry } = descriptionOf(key);
  if (entry !== undefined) return keysBelow(entry, `${path}[]`);
  const family = section?.family;
  const named = Object.entries(section?.fields ?? {});
  const keys = family === undefined ? named : [...named, [family.shown, family.key] as const];
  return keys.flatMap(([name, member]) => {
    const below = path === '' ? name : `${path}.${name}`;
    const { description, differs = null } = descriptionOf(member);
    return [
      { path: below, description, differs, default: defaultOf(member) },
      ...keysBelow(member, below),
    ];
  });
}

function defaultOf(key: z.ZodType): string | null {
  const value = key instanceof z.ZodDefault ? key.def.defaultValue : null;
  const shown = descriptionOf(key).json?.['default'] ?? value;
  const isList = Array.isArray(shown) && shown.length > 0;
  return shown === null || (typeof shown === 'object' && !isList) ? null : JSON.stringify(shown);
}
