import { BY_NOTHING } from '#libs/spend';
import { StoredResponseFormat } from '../../streaming/stored-response-format.js';
import { bodilessRequest, emptyBody } from '../request/bodiless-request.js';
import type { Endpoint } from '../request/endpoint.js';
import { textExtras } from '../request/request-extras.js';

const FLAG = /^(?:true|false)$/;
const INCLUDED = /^[a-z0-9_.]{1,100}$/;
const NUMBER = /^\d{1,9}$/;
const ITEM = /^[\w.:-]{1,256}$/;
/** https://platform.openai.com/docs/api-reference/responses/get. */
const OF_RESPONSE = {
  stream: FLAG,
  starting_after: NUMBER,
  include_obfuscation: FLAG,
  include: INCLUDED,
  'include[]': INCLUDED,
};
/** https://platform.openai.com/docs/api-reference/responses/input-items. */
const OF_ITEMS = {
  limit: NUMBER,
  order: /^(?:asc|desc)$/,
  after: ITEM,
  before: ITEM,
  include: INCLUDED,
  'include[]': INCLUDED,
};

/** What all operations on a stored response have in common: its id, no body, and no cost. */
const STORED = {
  takes: 'none',
  streaming: 'none',
  billing: BY_NOTHING,
  responseFormat: new StoredResponseFormat(),
  objects: { inPath: { response_id: 'response' } },
  read: (_scan, pathModel) => bodilessRequest(pathModel),
  body: emptyBody,
  estimateInput: () => 0,
  extrasOf: textExtras,
} as const satisfies Partial<Endpoint>;

const DOCUMENTATION = {
  requestDescription: '',
  properties: {},
  required: [],
  example: {},
};

/** `GET /v1/responses/{response_id}`: a stored response, whole or replayed as a stream. */
const storedResponse: Endpoint = {
  ...STORED,
  method: 'GET',
  route: '/responses/{response_id}',
  relayedQuery: OF_RESPONSE,
  callType: 'aget_responses',
  background: 'shows',
  streaming: 'sse',
  documentation: {
    ...DOCUMENTATION,
    operationId: 'responsesGet',
    summary: 'A stored response of the caller, plain or streamed',
    responseDescription: 'The upstream’s answer: JSON, or its events when `stream` is true.',
  },
  read: (_scan, pathModel, _seconds, target = '') => ({
    ...bodilessRequest(pathModel),
    isStream: /[?&]stream=true(?:&|$)/.test(target),
  }),
};

/** `DELETE /v1/responses/{response_id}`. */
const deletedResponse: Endpoint = {
  ...STORED,
  method: 'DELETE',
  route: '/responses/{response_id}',
  callType: 'adelete_responses',
  background: 'removes',
  objects: { ...STORED.objects, removes: true },
  documentation: {
    ...DOCUMENTATION,
    operationId: 'responsesDelete',
    summary: 'Deletes a stored response of the caller',
    responseDescription: 'The upstream’s answer: JSON.',
  },
};

/** `POST /v1/responses/{response_id}/cancel`: ends a response that runs in the background. */
const cancelledResponse: Endpoint = {
  ...STORED,
  route: '/responses/{response_id}/cancel',
  callType: 'acancel_responses',
  background: 'shows',
  documentation: {
    ...DOCUMENTATION,
    operationId: 'responsesCancel',
    summary: 'Cancels a background response of the caller',
    responseDescription: 'The upstream’s answer: the response as JSON.',
  },
};

/** `GET /v1/responses/{response_id}/input_items`. */
const inputItems: Endpoint = {
  ...STORED,
  method: 'GET',
  route: '/responses/{response_id}/input_items',
  relayedQuery: OF_ITEMS,
  callType: 'alist_input_items',
  documentation: {
    ...DOCUMENTATION,
    operationId: 'responsesInputItems',
    summary: 'Input items of a stored response of the caller',
    responseDescription: 'The upstream’s answer: a list as JSON.',
  },
};

/** The operations on responses that an upstream has stored. */
export const STORED_RESPONSES: readonly Endpoint[] = [
  storedResponse,
  deletedResponse,
  cancelledResponse,
  inputItems,
];
