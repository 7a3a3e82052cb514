import type { JsonObjectScan } from '#libs/common';
import type { Billing, UsageDetails } from '#libs/spend';
import { OpenaiResponseFormat } from '../../streaming/openai-response-format.js';
import { everyResponse } from '../request/cacheable.js';
import type { Endpoint } from '../request/endpoint.js';
import { estimateInputTokens } from '../request/estimate.js';
import { eachString } from '../../streaming/json-strings.js';
import { readCommon, upstreamBody, type RelayRequest } from '../request/relay-request.js';
import { inputExtras, type RequestExtras } from '../request/request-extras.js';
import { hasType, invalidParameter } from '../request/request-values.js';

const EVALUATED: ReadonlySet<string> = new Set(['documents', 'query']);
/** Cohere: "a search unit is one query with up to 100 documents", and a long document counts as several. */
const DOCUMENTS_PER_UNIT = 100;
/** Bytes of a part of a long document at the least: 510 tokens, less those of the query. */
const BYTES_PER_PART = 250;
/** Documents in a longer array are not parsed: that would hold up every other call of the process. */
const MAX_PARSED_BYTES = 262_144;
const BILLING: Billing = [['query'], ['input'], ['request']];

/** `POST /v1/rerank`: https://docs.cohere.com/reference/rerank and https://jina.ai/reranker. */
export const rerank: Endpoint = {
  route: '/rerank',
  callType: 'arerank',
  streaming: 'none',
  billing: BILLING,
  isCacheable: everyResponse,
  units: { bound, count },
  responseFormat: new OpenaiResponseFormat({ textMembers: [], completed: withInput }),
  documentation: {
    operationId: 'rerankCreate',
    summary: 'Documents in the order of their relevance',
    requestDescription:
      'A request to rank documents, in the format of Cohere and Jina. Members that the gateway does not know are forwarded as they are.',
    properties: {
      query: { type: 'string' },
      documents: { type: 'array', items: {} },
      top_n: { type: 'integer' },
    },
    required: ['query', 'documents'],
    responseDescription: 'The upstream’s answer: JSON.',
    example: { query: 'Which one greets?', documents: ['Hello.', 'Goodbye.'] },
  },
  read,
  body: upstreamBody,
  estimateInput,
  extrasOf,
};

/** `POST /v2/rerank`: the same operation by the path of Cohere's second version. */
export const rerankV2: Endpoint = {
  ...rerank,
  route: '/v2/rerank',
  operation: rerank.route,
  documentation: { ...rerank.documentation, operationId: 'rerankV2Create' },
};

function read(scan: JsonObjectScan | undefined, pathModel: string | null): RelayRequest {
  const common = readCommon(scan, pathModel, EVALUATED);
  if (!common.scan.has('query')) throw invalidParameter('query', '"query" is missing.');
  if (!hasType(common.scan, 'documents', ['array']))
    throw invalidParameter('documents', '"documents" must be an array.');
  return { ...common, maxOutputTokens: 0 };
}

function estimateInput(scan: JsonObjectScan): number {
  return estimateInputTokens(scan, ['query', 'documents']);
}

function extrasOf(scan: JsonObjectScan): RequestExtras {
  return inputExtras(scan, 'documents');
}

/** Some count the tokens of a request in the total alone. */
function withInput(usage: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { prompt_tokens: prompt, input_tokens: input, total_tokens: total } = usage;
  return prompt === undefined && input === undefined && total !== undefined
    ? { ...usage, prompt_tokens: total }
    : usage;
}

function bound({ scan }: RelayRequest): UsageDetails {
  const { valueStart = 0, end = 0 } = scan.members.get('documents') ?? {};
  const parts = documentsIn(scan) + (end - valueStart) / BYTES_PER_PART;
  return { query: Math.max(1, Math.ceil(parts / DOCUMENTS_PER_UNIT)) };
}

/** An upstream that counts its queries itself says so in the usage. */
function count({ scan }: RelayRequest): UsageDetails {
  return { query: Math.max(1, Math.ceil(documentsIn(scan) / DOCUMENTS_PER_UNIT)) };
}

/** Their number; of many, that of their strings, of which each has at least one. */
function documentsIn(scan: JsonObjectScan): number {
  const { valueStart = 0, end = 0 } = scan.members.get('documents') ?? {};
  if (end - valueStart <= MAX_PARSED_BYTES) return lengthOf(scan, 'documents');
  let strings = 0;
  eachString(scan.bytes, { start: valueStart, end }, ({ valueByte }) => {
    if (valueByte === null) strings += 1;
  });
  return strings;
}

function lengthOf(scan: JsonObjectScan, name: string): number {
  try {
    const value = scan.value(name);
    return Array.isArray(value) ? value.length : 0;
  } catch {
    // The array is not valid JSON; the upstream refuses it.
    return 0;
  }
}
