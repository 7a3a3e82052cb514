import { DAY_MS, isJsonObject, type JsonObjectScan } from '#libs/common';
import type { MadeObject, NamedObject } from '#libs/objects';
import { hasResponse, responseOf } from '../streaming/responses-format.js';
import { handedOut, keptNames } from './kept-names.js';
import type { NamedMembers, ObjectUse } from './object-use.js';
import type { RelayRequest } from './relay-request.js';
import { invalidParameter } from './request-values.js';

/** OpenAI and Azure keep responses for 30 days. Ids are bound for three times as long. */
const KEPT_DAYS = 90;
/** Longer input is parsed only where it may hold a reference. */
const MAX_PARSED_BYTES = 1_048_576;
/** What may be a reference in JSON. */
const SUSPECT =
  /item_reference|\\u|\{\s*(?:"(?:type|role)"\s*:\s*null\s*,\s*)*"id"\s*:\s*"[^"]*"\s*(?:,\s*"(?:type|role)"\s*:\s*null\s*)*\}/;

/** What a request to make a response names, and what its response hands out: its own id, and those of its items. */
export const RESPONSE_OBJECTS = {
  named,
  made: {
    isKept: ({ scan }: RelayRequest) => scan.value('store') !== false,
    handsOut: () => true,
    ofBody: (body: Buffer, isKept: boolean) => [
      ...(isKept ? objectsIn(responseOf(body)) : []),
      ...handedOut(body),
    ],
    ofEvent: (event: string, isKept: boolean) => [
      ...(isKept && hasResponse(event) ? objectsIn(responseOf(event)) : []),
      ...handedOut(event),
    ],
  },
} satisfies ObjectUse;

function objectsIn(response: Readonly<Record<string, unknown>> | null): MadeObject[] {
  if (response === null || typeof response['id'] !== 'string') return [];
  const endsAt = new Date(Date.now() + KEPT_DAYS * DAY_MS);
  const output: readonly unknown[] = Array.isArray(response['output']) ? response['output'] : [];
  const items = output.flatMap((item) =>
    isJsonObject(item) && typeof item['id'] === 'string' ? [item['id']] : [],
  );
  return [
    { kind: 'response', id: response['id'], endsAt },
    ...[...new Set(items)].map((id) => ({ kind: 'item' as const, id, endsAt })),
  ];
}

function named(body: NamedMembers): NamedObject[] {
  const previous = body.value('previous_response_id') ?? null;
  const conversation = body.value('conversation') ?? null;
  return [
    ...(previous === null ? [] : [namedBy('previous_response_id', 'response', previous)]),
    ...(conversation === null ? [] : [namedBy('conversation', 'conversation', conversation)]),
    ...itemsIn(body),
    ...keptNames(body, ['input', 'prompt', 'tools']),
  ];
}

function namedBy(param: string, kind: NamedObject['kind'], value: unknown): NamedObject {
  const id = isJsonObject(value) && param === 'conversation' ? value['id'] : value;
  if (typeof id === 'string') return { kind, id, param };
  throw invalidParameter(param, `"${param}" must name what an earlier call has made.`);
}

function itemsIn(body: NamedMembers): NamedObject[] {
  const input = 'bytes' in body && !mayRefer(body) ? null : body.value('input');
  if (!Array.isArray(input)) return [];
  return input.filter(isReference).map((item) => namedBy('input', 'item', item['id']));
}

/** Parsing megabytes holds up every other call of the process. An escape may hide a name. */
function mayRefer({ members, bytes }: JsonObjectScan): boolean {
  const { valueStart = 0, end = 0 } = members.get('input') ?? {};
  return (
    end - valueStart <= MAX_PARSED_BYTES || SUSPECT.test(bytes.toString('latin1', valueStart, end))
  );
}

/** The type of a reference may be left out: https://platform.openai.com/docs/api-reference/responses/create. */
function isReference(item: unknown): item is Readonly<Record<string, unknown>> {
  if (!isJsonObject(item)) return false;
  const { type = null, role = null } = item;
  return type === 'item_reference' || (type === null && role === null && 'id' in item);
}
