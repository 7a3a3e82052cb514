import { isUtf8 } from 'node:buffer';

/** A parsed value, or why the bytes are refused. */
export type StrictJson =
  | { readonly isValid: true; readonly value: unknown }
  | { readonly isValid: false; readonly problem: string };

/**
 * Deeper nesting than this is refused: no claims set needs it, and code that walks the value stays
 * clear of the end of the stack.
 */
const MAX_DEPTH = 64;

/**
 * Parses JSON that was signed, so that no second reader can understand it differently: valid UTF-8
 * without byte-order mark, bounded depth and, unless allowed, no object with two members of one
 * name, however escaped (RFC 7519 section 4, RFC 8725 section 3.7).
 * @param mayRepeatMembers accepts duplicates; the last one wins
 */
export function parseStrictJson(bytes: Buffer, mayRepeatMembers: boolean): StrictJson {
  if (!isUtf8(bytes)) return refused('is not valid UTF-8');
  const text = bytes.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refused('is not JSON');
  }
  const { names, depth } = structureOf(text);
  if (depth > MAX_DEPTH) return refused('is nested too deeply');
  if (!mayRepeatMembers && names > countMembers(value)) return refused('repeats a member');
  return { isValid: true, value };
}

function refused(problem: string): StrictJson {
  return { isValid: false, problem };
}

const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/g;

/** One pass over text that is known to be JSON, so that only colons and brackets outside of strings matter. */
function structureOf(text: string): { readonly names: number; readonly depth: number } {
  const bare = text.replace(STRING, '');
  let names = 0;
  let open = 0;
  let depth = 0;
  for (const char of bare) {
    if (char === ':') names += 1;
    else if (char === '{' || char === '[') depth = Math.max(depth, (open += 1));
    else if (char === '}' || char === ']') open -= 1;
  }
  return { names, depth };
}

/** Counts the members of every object in a value: fewer than the text names where one is repeated. */
function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const held: readonly unknown[] = Object.values(value);
  let count = Array.isArray(value) ? 0 : held.length;
  for (const one of held) if (typeof one === 'object') count += countMembers(one);
  return count;
}
