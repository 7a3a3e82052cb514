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
  const structure = inspect(text);
  if (structure === 'too deep') return refused('is nested too deeply');
  if (structure === 'repeats a member' && !mayRepeatMembers) return refused('repeats a member');
  return { isValid: true, value };
}

function refused(problem: string): StrictJson {
  return { isValid: false, problem };
}

/** Names seen in each open object, outermost first; `null` for an open list. */
type OpenValues = (Set<string> | null)[];

/** One pass over text that is known to be JSON, so that only brackets, commas and strings matter. */
function inspect(text: string): 'plain' | 'repeats a member' | 'too deep' {
  const structure = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],]/g;
  const open: OpenValues = [];
  let hasRepeated = false;
  let isNameNext = false;
  for (const [token] of text.matchAll(structure)) {
    if (token.startsWith('"')) hasRepeated ||= isNameNext && isKnown(open.at(-1), token);
    else step(open, token);
    if (open.length > MAX_DEPTH) return 'too deep';
    isNameNext = '{,'.includes(token) && open.at(-1) instanceof Set;
  }
  return hasRepeated ? 'repeats a member' : 'plain';
}

function step(open: OpenValues, token: string): void {
  if (token === '{') open.push(new Set());
  else if (token === '[') open.push(null);
  else if (token !== ',') open.pop();
}

/** Tells whether an object has the name already, and remembers it. */
function isKnown(names: Set<string> | null | undefined, literal: string): boolean {
  if (names === null || names === undefined) return false;
  const name = literal.includes('\\') ? String(JSON.parse(literal)) : literal.slice(1, -1);
  if (names.has(name)) return true;
  names.add(name);
  return false;
}
