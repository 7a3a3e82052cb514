import type { IncomingHttpHeaders } from 'node:http';
import { placedWireOf } from '#libs/access';
import { ByteSequence, GatehouseError, type JsonObjectScan } from '#libs/common';
import { BY_NOTHING, priceClassIn } from '#libs/spend';
import { NO_MEMBERS } from '../endpoints/request/bodiless-request.js';
import type { Operation } from '../endpoints/request/endpoint.js';
import { estimateInputTokens } from '../endpoints/request/estimate.js';
import type { RelayRequest } from '../endpoints/request/relay-request.js';
import {
  chatExtras,
  inputExtras,
  textExtras,
  type RequestExtras,
} from '../endpoints/request/request-extras.js';
import { signedRequest } from '../clouds/aws-signature.js';
import type { Destination } from './destination.js';
import { forwardedHeaders, forwardedQuery } from './forwarded-headers.js';
import type { PassThroughPlan } from './pass-through-plan.js';
import { requireClearMembers } from './passed-members.js';
import { relayedResponseHeaders } from './relayed-response.js';
import { formatFor } from './response-formats.js';
import { credentialsIn } from '../upstream/credential-names.js';
import { containsOne } from '../upstream/credential-parts.js';
import type { SendingCaller } from '../upstream/request-headers.js';
import { targetAddress } from './target-address.js';

/** LiteLLM's name of these calls in spend rows. */
const CALL_TYPE = 'pass_through_endpoint';
const NO_BYTES = Buffer.alloc(0);
/** Members of bodies that are input, in the words of every provider. */
const INPUTS = [
  ...['messages', 'system', 'prompt', 'input', 'instructions', 'tools'],
  ...['contents', 'systemInstruction', 'system_instruction', 'texts', 'text'],
  ...['query', 'documents', 'message', 'chat_history', 'preamble', 'inputText'],
];
const STREAMED = /stream/i;

/** A request as the client sent it. */
export interface PassedRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  /** Left out for a request without one. */
  readonly body?: Buffer;
  /** Left out for a body that is not a JSON object. */
  readonly scan?: JsonObjectScan;
}

/**
 * Returns the operation of a call: its body is sent as it is, nothing of it is repeated, and its response may be anything.
 * Usage and input are read where the model of the call is known.
 * @throws GatehouseError `request_invalid` for a body that could be understood in two ways, or whose cost could not be known
 */
export function passThroughOperation(plan: PassThroughPlan, passed: PassedRequest): Operation {
  const { body = NO_BYTES, scan = NO_MEMBERS } = passed;
  requireClearMembers(plan, scan);
  const isKnown = plan.model !== null && plan.billing !== BY_NOTHING;
  const request = requestOf(plan, passed);
  const sent = new ByteSequence([body]);
  return {
    method: passed.method,
    route: plan.target.path,
    callType: CALL_TYPE,
    errorWire: placedWireOf(placeOf(plan), passed.headers),
    streaming: 'bytes',
    maxRetries: 0,
    billing: plan.billing,
    responseFormat: formatFor(plan, passed.method),
    read: () => request,
    body: () => sent,
    estimateInput: () => (isKnown ? estimateInputTokens(scan, INPUTS) : 0),
    extrasOf: (members) => (isKnown ? extrasOf(members) : textExtras()),
  };
}

/** A prefix tells whose API it is; an endpoint has a path of its own, but the address of the upstream. */
function placeOf({ target, below, isEndpoint }: PassThroughPlan): string {
  return `${isEndpoint ? target.address : target.path}${below}`;
}

/**
 * Returns where a call goes.
 * @throws GatehouseError `not_found` for a path that leaves the target, `request_invalid` for one with a credential of the client
 */
export function destinationOf(
  { target, below, group, isEndpoint }: PassThroughPlan,
  { target: requested, headers, method, scan }: PassedRequest,
  { attribution, keyHeader }: SendingCaller,
): Destination {
  const address = targetAddress(target, below);
  if (address === null) throw new GatehouseError('not_found');
  const credentials = credentialsIn(headers, keyHeader);
  if (containsOne(below, credentials)) {
    const message = 'The path of the request contains its credential, which no upstream may see.';
    throw new GatehouseError('request_invalid', { message });
  }
  const isJson = scan !== undefined;
  const client = { headers, attribution, keyHeader, credentials, isJson };
  const path = `${address.path}${forwardedQuery(queryOf(requested), client, target.query)}`;
  const sent = { origin: address.origin, path, method, headers: forwardedHeaders(client, target) };
  const { aws } = target;
  return {
    group,
    isOpenedByRoute: isEndpoint,
    addressFor: (body) => (aws === null ? sent : signedRequest(sent, body, aws, new Date())),
    relayedHeaders: (received) => relayedResponseHeaders(received, target),
  };
}

function queryOf(requested: string): string {
  const start = requested.indexOf('?');
  return start === -1 ? '' : requested.slice(start);
}

function requestOf(
  { group, target, below }: PassThroughPlan,
  { scan = NO_MEMBERS, headers }: PassedRequest,
): RelayRequest {
  const isStream =
    scan.value('stream') === true ||
    STREAMED.test(below) ||
    (headers.accept ?? '').includes('text/event-stream');
  return {
    scan,
    model: group.name,
    isStream,
    wantsUsage: true,
    streamOptions: null,
    // A price of each request bounds the cost.
    maxOutputTokens: target.costPerRequest === null ? null : 0,
    wholeOutputTokens: null,
    choices: 1,
    inputSeconds: null,
    serviceTier: priceClassIn({
      service_tier: scan.value('service_tier'),
      speed: scan.value('speed'),
      inference_geo: scan.value('inference_geo'),
    }),
    dropped: [],
  };
}

function extrasOf(scan: JsonObjectScan): RequestExtras {
  if (scan.has('messages')) return chatExtras(scan);
  return inputExtras(scan, scan.has('contents') ? 'contents' : 'input');
}
