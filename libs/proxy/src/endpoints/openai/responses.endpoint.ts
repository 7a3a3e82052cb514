import type { JsonObjectScan } from '#libs/common';
import { BY_TOKENS, type UsageDetails } from '#libs/spend';
import { ResponsesFormat } from '../../streaming/responses-format.js';
import { onlyUnkept } from '../request/cacheable.js';
import type { Endpoint } from '../request/endpoint.js';
import { estimateInputTokens } from '../request/estimate.js';
import { hasHostedTools, searchBound, searchesOfSize } from '../request/hosted-tools.js';
import { readCommon, upstreamBody, type RelayRequest } from '../request/relay-request.js';
import { inputExtras, type RequestExtras } from '../request/request-extras.js';
import { TOKEN_BOUND } from '../request/request-parameters.js';
import { RESPONSE_OBJECTS } from '../ids/response-ids.js';
import { hasType, invalidParameter, readBoolean, readInteger } from '../request/request-values.js';

/** `metadata` is the upstream's own here; LiteLLM's stands in `litellm_metadata`. */
const EVALUATED: ReadonlySet<string> = new Set([
  'background',
  'conversation',
  'input',
  'max_output_tokens',
  'max_tool_calls',
  'metadata',
  'previous_response_id',
  'prompt',
  'store',
  'stream',
  'stream_options',
  'tools',
]);
const INPUT_MEMBERS = ['input', 'instructions', 'tools', 'text'] as const;
/** The member that names a text which the operator has stored at the upstream. */
const STORED_PROMPT = 'prompt';
/** First byte of `null`. */
const NULL_BYTE = 0x6e;

const INPUT = {
  description: 'A string, or an array of input items.',
  oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'object' } }],
};

/** `POST /v1/responses`: https://platform.openai.com/docs/api-reference/responses/create. */
export const responses: Endpoint = {
  route: '/responses',
  callType: 'aresponses',
  streaming: 'sse',
  billing: BY_TOKENS,
  isCacheable: onlyUnkept,
  units: { bound: searchesAtMost, count: nothing },
  objects: RESPONSE_OBJECTS,
  responseFormat: new ResponsesFormat(),
  documentation: {
    operationId: 'responsesCreate',
    summary: 'Response, plain or streamed',
    requestDescription:
      'A request of OpenAI’s Responses API. Members that the gateway does not know are forwarded as they are. What a response in the background costs at most is held until it has ended, then its usage is booked, whether or not a client asks for it. `previous_response_id`, `conversation` and references to items must name what an earlier call of the caller has made.',
    properties: {
      input: INPUT,
      stream: { type: 'boolean', default: false },
      max_output_tokens: { type: 'integer', minimum: 1 },
    },
    required: [],
    responseDescription:
      'The upstream’s answer: JSON, or typed server-sent events when `stream` is true.',
    example: { input: 'Say hello.' },
  },
  read,
  body: upstreamBody,
  estimateInput,
  extrasOf,
  searchesOf,
};

/** `POST /v1/responses/compact`: a conversation is replaced by a shorter one. */
export const compactedResponses: Endpoint = {
  route: '/responses/compact',
  callType: 'acompact_responses',
  streaming: 'none',
  billing: BY_TOKENS,
  objects: { named: RESPONSE_OBJECTS.named },
  responseFormat: new ResponsesFormat(),
  documentation: {
    operationId: 'responsesCompact',
    summary: 'A conversation made shorter',
    requestDescription:
      'A request to compact the input items of OpenAI’s Responses API. Members that the gateway does not know are forwarded as they are.',
    properties: { input: INPUT },
    required: [],
    responseDescription: 'The upstream’s answer: JSON.',
    example: { input: [{ role: 'user', content: 'Say hello.' }] },
  },
  read: readCompact,
  body: upstreamBody,
  estimateInput,
  extrasOf,
};

function read(scan: JsonObjectScan | undefined, pathModel: string | null): RelayRequest {
  const request = readWaited(scan, pathModel);
  if (!readBoolean(request.scan, 'background')) return request;
  if (request.scan.value('store') === false)
    throw invalidParameter('background', '"background" needs a response that is stored.');
  return { ...request, isBackground: true };
}

function readWaited(scan: JsonObjectScan | undefined, pathModel: string | null): RelayRequest {
  const common = readCommon(scan, pathModel, EVALUATED);
  const { scan: body } = common;
  if (isSet(body, 'input') && !hasType(body, 'input', ['string', 'array']))
    throw invalidParameter('input', '"input" must be a string or an array.');
  return {
    ...common,
    isStream: readBoolean(body, 'stream'),
    wantsUsage: true,
    maxOutputTokens: readInteger(body, 'max_output_tokens', TOKEN_BOUND),
  };
}

/** A member that the operation does not have is for the upstream to refuse. */
function readCompact(scan: JsonObjectScan | undefined, pathModel: string | null): RelayRequest {
  return { ...readWaited(scan, pathModel), isStream: false };
}

function extrasOf(scan: JsonObjectScan): RequestExtras {
  const extras = inputExtras(scan, 'input');
  const isUnmeasured = extras.isUnmeasured || isSet(scan, STORED_PROMPT) || hasHostedTools(scan);
  return { ...extras, isUnmeasured };
}

function isSet(scan: JsonObjectScan, name: string): boolean {
  const member = scan.members.get(name);
  return member !== undefined && scan.bytes[member.valueStart] !== NULL_BYTE;
}

function searchesAtMost({ scan }: RelayRequest): UsageDetails {
  return searchBound(scan);
}

function nothing(): UsageDetails {
  return {};
}

function searchesOf(
  _deployment: unknown,
  scan: JsonObjectScan,
  items: number | null,
): UsageDetails | null {
  return items === null || items === 0 ? null : searchesOfSize(scan, items);
}

function estimateInput(scan: JsonObjectScan): number {
  return estimateInputTokens(scan, INPUT_MEMBERS);
}
