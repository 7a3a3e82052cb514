import type { JsonObjectScan } from '#libs/common';
import { OpenaiResponseFormat } from '../streaming/openai-response-format.js';
import type { Endpoint } from './endpoint.js';
import { estimateInputTokens } from './estimate.js';
import { readCommon, upstreamBody, type RelayRequest } from './relay-request.js';
import { inputExtras, type RequestExtras } from './request-extras.js';
import { hasType, invalidParameter } from './request-values.js';

const EVALUATED: ReadonlySet<string> = new Set(['input']);

/** `POST /v1/moderations`: https://platform.openai.com/docs/api-reference/moderations. Free at OpenAI. */
export const moderations: Endpoint = {
  route: '/moderations',
  callType: 'amoderation',
  streaming: 'none',
  billing: [['input'], ['request']],
  responseFormat: new OpenaiResponseFormat({ textMembers: [] }),
  documentation: {
    operationId: 'moderationsCreate',
    summary: 'Classification of texts and images as harmful',
    requestDescription:
      'A request for a moderation in OpenAI’s format. Members that the gateway does not know are forwarded as they are.',
    properties: {
      input: {
        description: 'A string, an array of strings, or an array of texts and images.',
        oneOf: [{ type: 'string' }, { type: 'array', items: {} }],
      },
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

function estimateInput(scan: JsonObjectScan): number {
  return estimateInputTokens(scan, ['input']);
}

function extrasOf(scan: JsonObjectScan): RequestExtras {
  return inputExtras(scan, 'input');
}
