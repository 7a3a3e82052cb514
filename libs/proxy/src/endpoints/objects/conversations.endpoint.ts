import { isJsonObject } from '#libs/common';
import type { MadeObject, NamedObject } from '#libs/objects';
import { documented, LIST_QUERY, makes, WITH_BODY, WITHOUT_BODY } from '../ids/kept-object.js';
import { shownObject } from '../ids/kept-object-format.js';
import { keptNames } from '../ids/kept-names.js';
import { namedItems } from '../ids/response-ids.js';
import type { Endpoint } from '../request/endpoint.js';
import type { NamedMembers } from '../request/object-use.js';

const CONVERSATION = '/conversations/{conversation_id}';
const ITEM = `${CONVERSATION}/items/{item_id}`;
const INCLUDED = /^[a-z0-9_.]{1,100}$/;
/** https://platform.openai.com/docs/api-reference/conversations/list-items. */
const ITEM_QUERY = { include: INCLUDED, 'include[]': INCLUDED } as const;
/** An item is found by its conversation, which must be the caller's. */
const OF_CONVERSATION = { inPath: { conversation_id: 'conversation' } } as const;
const ITEMS = { type: 'array', items: { type: 'object' } } as const;
const EXAMPLE = [{ type: 'message', role: 'user', content: 'Say hello.' }];

const create: Endpoint = {
  ...WITH_BODY,
  route: '/conversations',
  callType: 'acreate_conversation',
  objects: { named: namedBy, made: makes('conversation') },
  documentation: {
    ...documented('conversationsCreate', 'Makes a conversation for this caller alone'),
    requestDescription:
      'A request in OpenAI’s format. What its items name must be the caller’s. It costs nothing: the responses that continue it do.',
    properties: { items: ITEMS, metadata: { type: 'object' } },
    example: { items: EXAMPLE },
  },
};

const retrieve: Endpoint = {
  ...WITHOUT_BODY,
  method: 'GET',
  route: CONVERSATION,
  callType: 'aget_conversation',
  objects: OF_CONVERSATION,
  documentation: documented('conversationsRetrieve', 'A conversation of the caller'),
};

const modify: Endpoint = {
  ...WITH_BODY,
  route: CONVERSATION,
  callType: 'aupdate_conversation',
  objects: OF_CONVERSATION,
  documentation: {
    ...documented('conversationsModify', 'Changes the metadata of a conversation of the caller'),
    requestDescription: 'A request in OpenAI’s format.',
    properties: { metadata: { type: 'object' } },
    required: ['metadata'],
    example: { metadata: { topic: 'notes' } },
  },
};

const remove: Endpoint = {
  ...WITHOUT_BODY,
  method: 'DELETE',
  route: CONVERSATION,
  callType: 'adelete_conversation',
  objects: { ...OF_CONVERSATION, removes: true },
  documentation: documented('conversationsDelete', 'Deletes a conversation of the caller'),
};

const addItems: Endpoint = {
  ...WITH_BODY,
  route: `${CONVERSATION}/items`,
  callType: 'acreate_conversation_items',
  relayedQuery: ITEM_QUERY,
  objects: {
    ...OF_CONVERSATION,
    named: namedBy,
    made: { isKept: () => true, ofBody: itemsOf },
  },
  documentation: {
    ...documented('conversationItemsCreate', 'Adds items to a conversation of the caller'),
    requestDescription: 'A request in OpenAI’s format. What its items name must be the caller’s.',
    properties: { items: ITEMS },
    required: ['items'],
    example: { items: EXAMPLE },
  },
};

const items: Endpoint = {
  ...WITHOUT_BODY,
  method: 'GET',
  route: `${CONVERSATION}/items`,
  callType: 'alist_conversation_items',
  relayedQuery: { ...LIST_QUERY, ...ITEM_QUERY },
  objects: OF_CONVERSATION,
  documentation: documented('conversationItemsList', 'Items of a conversation of the caller'),
};

const item: Endpoint = {
  ...WITHOUT_BODY,
  method: 'GET',
  route: ITEM,
  callType: 'aget_conversation_item',
  relayedQuery: ITEM_QUERY,
  objects: OF_CONVERSATION,
  documentation: documented('conversationItemsRetrieve', 'An item of a conversation of the caller'),
};

const removeItem: Endpoint = {
  ...WITHOUT_BODY,
  method: 'DELETE',
  route: ITEM,
  callType: 'adelete_conversation_item',
  objects: OF_CONVERSATION,
  documentation: documented('conversationItemsDelete', 'Takes an item out of a conversation'),
};

/** Operations on conversations, which responses continue: https://platform.openai.com/docs/api-reference/conversations. */
export const CONVERSATION_ENDPOINTS: readonly Endpoint[] = [
  ...[create, retrieve, modify, remove],
  ...[addItems, items, item, removeItem],
];

/** Items name files and containers, and other items by their ids. */
function namedBy(body: NamedMembers): readonly NamedObject[] {
  return [...namedItems(body, 'items'), ...keptNames(body, ['items'])];
}

/** The items that were added, which a response may name. */
function itemsOf(body: Buffer): readonly MadeObject[] {
  const data = shownObject(body)?.['data'];
  const ids = (Array.isArray(data) ? (data as unknown[]) : [])
    .filter(isJsonObject)
    .map(({ id }) => id);
  return ids
    .filter((id) => typeof id === 'string' && id !== '')
    .map((id) => ({ kind: 'item', id: id as string }));
}
