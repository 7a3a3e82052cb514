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

/** The path of a value below another one. */
export type ValuePath = readonly PropertyKey[];

/**
 * Takes values out of an input, as if they were left out. Where one is left out already, what holds it is taken out.
 * What goes is decided before anything does, so that the values do not depend on each other.
 * @returns the input without them; `undefined` where nothing remains
 */
export function withoutValues(input: unknown, paths: readonly ValuePath[]): unknown {
  const root = { input };
  for (const path of paths.map((one) => presentPart(input, one))) takeOut(root, ['input', ...path]);
  return root.input;
}

/** The longest beginning of a path that leads to something. */
function presentPart(input: unknown, path: ValuePath): ValuePath {
  let held = input;
  for (const [depth, key] of path.entries()) {
    if (!hasMember(held, key)) return path.slice(0, depth);
    held = held[key];
  }
  return path;
}

/** An entry that is left out keeps its place in a list, as `undefined`. */
function hasMember(input: unknown, key: PropertyKey): input is Record<PropertyKey, unknown> {
  if (Array.isArray(input)) return input[Number(key)] !== undefined;
  return isMapping(input) && Object.hasOwn(input, key);
}

function takeOut(input: unknown, [key, ...below]: ValuePath): void {
  if (key === undefined || !hasMember(input, key)) return;
  if (below.length > 0) takeOut(input[key], below);
  else if (Array.isArray(input)) input[Number(key)] = undefined;
  else Reflect.deleteProperty(input, key);
}
