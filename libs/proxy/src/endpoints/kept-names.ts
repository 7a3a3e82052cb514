import { isJsonObject, type JsonObjectScan } from '#libs/common';
import type { NamedObject, ObjectKind } from '#libs/objects';
import type { NamedMembers } from './object-use.js';

/**
 * Members of parts and tools that name what an upstream keeps: https://platform.openai.com/docs/api-reference/responses/create,
 * https://platform.claude.com/docs/en/build-with-claude/files.
 */
const KINDS: ReadonlyMap<string, ObjectKind> = new Map([
  ['file_id', 'file'],
  ['file_ids', 'file'],
  ['vector_store_ids', 'vector_store'],
]);
/** Parts of earlier output that quote a file, or name one that a tool of the upstream has made, which gives no access to it. */
const QUOTES = /citation|^file_path$|code_execution_output$/;
/** An escape of a sign that may be part of such a name. */
const ESCAPED_SIGN = /\\u00[2-7]/;

/**
 * Returns the files and vector stores that the parts and tools of a request name.
 * @param members names of the members that hold them, for example `messages`
 */
export function keptNames(body: NamedMembers, members: readonly string[]): NamedObject[] {
  if ('bytes' in body && !mayName(body)) return [];
  const found = new Map<string, NamedObject>();
  for (const param of members) {
    for (const { kind, id } of namesIn(body.value(param)))
      found.set(`${kind} ${id}`, { kind, id, param });
  }
  return [...found.values()];
}

/** Parsing megabytes holds up every other call of the process. */
function mayName({ bytes }: JsonObjectScan): boolean {
  if (bytes.includes('file_id') || bytes.includes('vector_store_ids')) return true;
  return bytes.includes('\\u00') && ESCAPED_SIGN.test(bytes.toString('latin1'));
}

/** Without recursion: a request may be nested deeply. */
function* namesIn(whole: unknown): Generator<{ readonly kind: ObjectKind; readonly id: string }> {
  const left: unknown[] = [whole];
  while (left.length > 0) {
    const value = left.pop();
    if (Array.isArray(value)) for (const one of value as unknown[]) left.push(one);
    else if (isJsonObject(value)) {
      const { type } = value;
      const isQuote = typeof type === 'string' && QUOTES.test(type);
      for (const [name, member] of Object.entries(value)) {
        const kind = isQuote ? undefined : KINDS.get(name);
        if (kind !== undefined) yield* idsIn(kind, member);
        left.push(member);
      }
    }
  }
}

function* idsIn(kind: ObjectKind, value: unknown): Generator<{ kind: ObjectKind; id: string }> {
  const ids: readonly unknown[] = Array.isArray(value) ? value : [value];
  for (const id of ids) if (typeof id === 'string') yield { kind, id };
}
