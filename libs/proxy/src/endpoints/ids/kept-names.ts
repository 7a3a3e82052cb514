import { isJsonObject, type JsonObjectScan } from '#libs/common';
import type { MadeObject, NamedObject, ObjectKind } from '#libs/objects';
import { repeatedName } from '../../streaming/repeated-name.js';
import { dataOf } from '../../streaming/stream-event.js';
import type { NamedMembers, ObjectUse } from '../request/object-use.js';
import { invalidParameter } from '../request/request-values.js';

/**
 * Members that name what an upstream keeps, wherever they stand: https://platform.openai.com/docs/api-reference/responses/create,
 * https://platform.claude.com/docs/en/build-with-claude/files.
 */
const KINDS: ReadonlyMap<string, ObjectKind> = new Map([
  ['audio', 'audio'],
  ['container', 'container'],
  ['container_id', 'container'],
  ['file_id', 'file'],
  ['file_ids', 'file'],
  ['skill_id', 'skill'],
  ['vector_store_id', 'vector_store'],
  ['vector_store_ids', 'vector_store'],
  ['voice', 'voice'],
]);
/** Members whose value may be an object with the id. */
const WITH_ID: ReadonlySet<string> = new Set(['audio', 'container', 'voice']);
/** What stands in the bytes of a request that names any. */
const SIGNS = [
  ...['"audio"', '"container', '"voice"'],
  ...['file_id', 'skill_id', 'vector_store_id'],
] as const;
const ACCOUNT_SKILL = 'skill_';
/** Members in which a client or a model may write anything. */
const FREE: ReadonlySet<string> = new Set([
  'arguments',
  'env',
  'input_schema',
  'parameters',
  'schema',
]);
/** The arguments of a tool in Anthropic’s form. */
const TOOL_USE = 'tool_use';
/** Parts of earlier output that quote a file, or name one that a tool of the upstream has made, which gives no access to it. */
const QUOTES = /citation|^file_path$|code_execution_output$/;
/** What responses hand out besides their own ids. */
const MADE: ReadonlySet<ObjectKind> = new Set(['audio', 'container']);
/** An escape of a sign that may be part of such a name. */
const ESCAPED_SIGN = /\\u00[2-7]/;

/**
 * Returns what members of a request name of the things that an upstream keeps, the members themselves and what is in them.
 * @param members for example `messages`
 */
export function keptNames(body: NamedMembers, members: readonly string[]): NamedObject[] {
  if ('bytes' in body) {
    if (!mayName(body)) return [];
    requireSingleNames(body.bytes);
  }
  const found = new Map<string, NamedObject>();
  for (const param of members) {
    for (const { kind, id } of namesIn({ [param]: body.value(param) }))
      found.set(`${kind} ${id}`, { kind, id, param });
  }
  return [...found.values()];
}

/** Parsing megabytes holds up every other call of the process. */
function mayName({ bytes }: JsonObjectScan): boolean {
  return SIGNS.some((sign) => bytes.includes(sign)) || hidesNames(bytes);
}

/** Tells whether the name of a member may be written with an escape in a JSON text. */
export function hidesNames(bytes: Buffer): boolean {
  return bytes.includes('\\u00') && ESCAPED_SIGN.test(bytes.toString('latin1'));
}

/** Without recursion: a request may be nested deeply. */
function* namesIn(whole: unknown): Generator<MadeObject> {
  const left: unknown[] = [whole];
  while (left.length > 0) {
    const value = left.pop();
    if (Array.isArray(value)) for (const one of value as unknown[]) left.push(one);
    else if (isJsonObject(value)) {
      const type = typeof value['type'] === 'string' ? value['type'] : '';
      const isQuote = QUOTES.test(type);
      for (const [name, member] of Object.entries(value)) {
        if (isFree(name, type)) continue;
        if (!isQuote) yield* idsIn(name, member);
        left.push(member);
      }
    }
  }
}

function isFree(name: string, type: string): boolean {
  return FREE.has(name) || (name === 'input' && type.endsWith(TOOL_USE));
}

function* idsIn(name: string, value: unknown): Generator<MadeObject> {
  const kind = KINDS.get(name);
  if (kind === undefined) return;
  const within = isJsonObject(value) && WITH_ID.has(name) ? value['id'] : value;
  const ids: readonly unknown[] = Array.isArray(within) ? within : [within];
  for (const id of ids)
    if (typeof id === 'string' && !isOfProvider(kind, id, value)) yield { kind, id };
}

/** What a provider offers to every account: voices that a text names, and skills whose ids are words. */
function isOfProvider(kind: ObjectKind, id: string, value: unknown): boolean {
  if (kind === 'voice') return !isJsonObject(value);
  return kind === 'skill' && !id.startsWith(ACCOUNT_SKILL);
}

/**
 * Refuses a request with a name that stands twice in one object: the upstream could read another value than the gateway.
 * @throws GatehouseError `request_invalid`
 */
export function requireSingleNames(bytes: Buffer): void {
  const name = repeatedName(bytes);
  if (name !== null)
    throw invalidParameter(name, `"${name}" stands more than once in one object of the request.`);
}

/**
 * Returns the containers and sounds that a response hands out.
 * @param received a whole body, or an event as latin1 text
 */
export function handedOut(received: Buffer | string): MadeObject[] {
  if (!received.includes('"container') && !received.includes('"audio"')) return [];
  try {
    const text = typeof received === 'string' ? dataOf(received) : received.toString();
    return [...namesIn(JSON.parse(text))].filter(({ kind }) => MADE.has(kind));
  } catch {
    return [];
  }
}

/**
 * Reads the containers and sounds of responses whose upstream keeps nothing else.
 * @param members a request without any of them gets none
 */
export function handsOut(...members: readonly string[]): NonNullable<ObjectUse['made']> {
  return {
    isKept: () => false,
    handsOut: ({ scan }) => members.some((name) => scan.has(name)),
    ofBody: handedOut,
    ofEvent: handedOut,
  };
}
