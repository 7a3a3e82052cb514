import type { JsonObjectScan } from '#libs/common';
import { BY_INPUT_TOKENS } from '#libs/spend';
import { OpenaiResponseFormat } from '../../streaming/openai-response-format.js';
import { everyResponse } from '../request/cacheable.js';
import type { Endpoint } from '../request/endpoint.js';
import { estimateInputTokens } from '../request/estimate.js';
import { readCommon, upstreamBody, type RelayRequest } from '../request/relay-request.js';
import { inputExtras, type RequestExtras } from '../request/request-extras.js';
import { hasType, invalidParameter } from '../request/request-values.js';

const EVALUATED: ReadonlySet<string> = new Set(['input']);

/** `POST /v1/embeddings`: https://platform.openai.com/docs/api-reference/embeddings. */
export const embeddings: Endpoint = {
  route: '/embeddings',
  callType: 'aembedding',
  streaming: 'none',
  // `usage` counts the input: `prompt_tokens` and `total_tokens` are the same number.
  billing: BY_INPUT_TOKENS,
  isCacheable: everyResponse,
  responseFormat: new OpenaiResponseFormat({ textMembers: [] }),
  documentation: {
    operationId: 'embeddingsCreate',
    summary: 'Embeddings of one or several inputs',
    summaryOfModelInPath: 'Embeddings by the model in the path',
    requestDescription:
      'A request for embeddings in OpenAI’s format. Members that the gateway does not know are forwarded as they are.',
    properties: {
      input: {
        description: 'A string, an array of strings, of token ids, or of arrays of token ids.',
        oneOf: [{ type: 'string' }, { type: 'array', items: {} }],
      },
      encoding_format: { type: 'string', enum: ['float', 'base64'] },
      dimensions: { type: 'integer' },
    },
    required: ['input'],
    responseDescription: 'The upstream’s answer: JSON.',
    example: { input: 'Say hello.' },
  },
  read,
  body: upstreamBody,
  estimateInput,
  extrasOf,
};

function read(scan: JsonObjectScan | undefined, pathModel: string | null): RelayRequest {
  const common = readCommon(scan, pathModel, EVALUATED);
  if (!hasType(common.scan, 'input', ['string', 'array']))
    throw invalidParameter('input', '"input" must be a string or an array.');
  return { ...common, maxOutputTokens: 0 };
}

function extrasOf(scan: JsonObjectScan): RequestExtras {
  return inputExtras(scan, 'input');
}

function estimateInput(scan: JsonObjectScan): number {
  return estimateInputTokens(scan, ['input'], true);
}
