import { isJsonObject, jsonObjectOf, type JsonObjectScan } from '#libs/common';
import type { MadeObject, NamedObject } from '#libs/objects';
import { eventType } from '../../streaming/event-types.js';
import { hasResponse, responseOf } from '../../streaming/responses-format.js';
import { dataOf } from '../../streaming/stream-event.js';
import { handedOut, hidesNames, keptNames, requireSingleNames } from './kept-names.js';
import type { NamedMembers, ObjectUse } from '../request/object-use.js';
import type { RelayRequest } from '../request/relay-request.js';
import { idsOfInput, mayBeNamed } from './response-items.js';
import { invalidParameter } from '../request/request-values.js';

/** Names of members with an id. */
const IDS = ['"id"', '"approval_request_id"'] as const;
/** Events with an item, before it is made and behind it. */
const ITEM = /^response\.output_item\.(?:added|done)$/;
const DONE = 'response.output_item.done';

/** What a request to make a response names, and what its response hands out: its own id, and those of its items. */
export const RESPONSE_OBJECTS = {
  named,
  made: {
    isKept: ({ scan }: RelayRequest) => scan.value('store') !== false,
    handsOut: () => true,
    ofBody: (body: Buffer, isKept: boolean) => [
      ...objectsIn(responseOf(body), isKept),
      ...handedOut(body),
    ],
    ofEvent: (event: string, isKept: boolean) => [
      ...(hasResponse(event) ? objectsIn(responseOf(event), isKept) : itemsIn(event, isKept)),
      ...handedOut(event),
    ],
  },
} satisfies ObjectUse;

/** Where the upstream keeps nothing, only what a later request may name by its id alone. */
function objectsIn(
  response: Readonly<Record<string, unknown>> | null,
  isKept: boolean,
): MadeObject[] {
  if (response === null || typeof response['id'] !== 'string') return [];
  const output: readonly unknown[] = Array.isArray(response['output']) ? response['output'] : [];
  const items = output.filter(isJsonObject).filter((item) => isKept || mayBeNamed(item, true));
  const made = madeItems(items, isKept);
  return isKept ? [{ kind: 'response', id: response['id'] }, ...made] : made;
}

/** Those of an event, because the last one may never come. */
function itemsIn(event: string, isKept: boolean): MadeObject[] {
  const type = eventType(event) ?? '';
  if (!ITEM.test(type)) return [];
  const item = jsonObjectOf(dataOf(event))?.['item'];
  return isJsonObject(item) && mayBeNamed(item, type === DONE) ? madeItems([item], isKept) : [];
}

function madeItems(
  items: readonly Readonly<Record<string, unknown>>[],
  isKept: boolean,
): MadeObject[] {
  const ids = items.map(({ id }) => id).filter((id) => typeof id === 'string');
  return [...new Set(ids)].map((id) => ({ kind: isKept ? 'item' : 'unkept_item', id }));
}

function named(body: NamedMembers): NamedObject[] {
  const previous = body.value('previous_response_id') ?? null;
  const conversation = body.value('conversation') ?? null;
  if (isJsonObject(conversation) && 'bytes' in body)
    requireSingleNames(bytesOf(body, 'conversation'));
  return [
    ...(previous === null ? [] : [namedBy('previous_response_id', 'response', previous)]),
    ...(conversation === null ? [] : [namedBy('conversation', 'conversation', conversation)]),
    ...namedItems(body, 'input'),
    ...keptNames(body, ['input', 'prompt', 'tools']),
  ];
}

function namedBy(param: string, kind: NamedObject['kind'], value: unknown): NamedObject {
  const id = isJsonObject(value) && param === 'conversation' ? onlyMember(value, 'id') : value;
  if (typeof id === 'string') return { kind, id, param };
  throw invalidParameter(param, `"${param}" must name what an earlier call has made.`);
}

/**
 * Returns the items that a list of items names by their ids alone.
 * @param param the member with the list
 * @throws GatehouseError `request_invalid`
 */
export function namedItems(body: NamedMembers, param: string): NamedObject[] {
  const input = 'bytes' in body && !mayRefer(body, param) ? null : body.value(param);
  if (!Array.isArray(input)) return [];
  return [...new Set(idsOfInput(input))].map((id) => namedBy(param, 'item', id));
}

/** Parsing megabytes holds up every other call of the process. */
function mayRefer(body: JsonObjectScan, param: string): boolean {
  const input = bytesOf(body, param);
  if (!IDS.some((name) => input.includes(name)) && !hidesNames(input)) return false;
  requireSingleNames(input);
  return true;
}

function bytesOf({ members, bytes }: JsonObjectScan, param: string): Buffer {
  const { valueStart = 0, end = 0 } = members.get(param) ?? {};
  return bytes.subarray(valueStart, end);
}

/** `undefined` where there are others: an upstream that does not look at the case of letters may take `ID` for it. */
function onlyMember(value: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.keys(value).length === 1 ? value[name] : undefined;
}
