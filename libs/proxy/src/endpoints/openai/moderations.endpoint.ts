import type { JsonObjectScan } from '#libs/common';
import { OpenaiResponseFormat } from '../../streaming/openai-response-format.js';
import { embeddings } from './embeddings.endpoint.js';
import type { Endpoint } from '../request/endpoint.js';
import { estimateInputTokens } from '../request/estimate.js';

/** `POST /v1/moderations`: https://platform.openai.com/docs/api-reference/moderations. Free at OpenAI. */
export const moderations: Endpoint = {
  // The request is read as that of embeddings.
  ...embeddings,
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
  estimateInput,
};

function estimateInput(scan: JsonObjectScan): number {
  return estimateInputTokens(scan, ['input']);
}
