import { textNode, type ConfigNode, type ScalarNode } from '../source/config-node.js';

/** A scalar of the file as zod gets it: with its text, so that a price stays an exact decimal. */
export class Scalar {
  constructor(readonly node: ScalarNode) {}

  /** The scalar of a text that does not come from the file. */
  static of(text: string): Scalar {
    return new Scalar(textNode(text));
  }
}

/** Tells whether an input is a mapping. */
export function isMapping(input: unknown): input is Record<string, unknown> {
  return (
    typeof input === 'object' &&
    input !== null &&
    !Array.isArray(input) &&
    !(input instanceof Scalar)
  );
}

/** Returns what zod reads: objects, arrays and {@link Scalar}s; `undefined` for what is left out. */
export function inputOf(node: ConfigNode): unknown {
  if (node.kind === 'list') return node.items.map(entryOf);
  if (node.kind === 'scalar') return node.value === null ? undefined : new Scalar(node);
  if (node.kind === 'unset') return undefined;
  // Without a prototype, so that "__proto__" is a name as any other.
  const members = Object.create(null) as Record<string, unknown>;
  for (const [key, member] of node.entries) members[key] = inputOf(member);
  return members;
}

/** An empty entry is a problem, so that it is not left out; one of an unset variable has been refused already. */
function entryOf(node: ConfigNode): unknown {
  return node.kind === 'scalar' && node.value === null ? null : inputOf(node);
}

/**
 * Takes a value out of an input, as if it were left out. Where it is left out already, what holds it is taken out.
 * @returns the input without it; `undefined` where nothing remains
 */
export function withoutValue(input: unknown, path: readonly PropertyKey[]): unknown {
  const [key, ...rest] = path;
  if (key === undefined || typeof input !== 'object' || input === null) return undefined;
  const members = input as Record<PropertyKey, unknown>;
  if (members[key] === undefined || input instanceof Scalar) return undefined;
  members[key] = withoutValue(members[key], rest);
  return input;
}
