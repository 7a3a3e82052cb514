import { BY_NOTHING } from '#libs/spend';
import { UnbilledResponseFormat } from '../../streaming/unbilled-response-format.js';
import type { Endpoint } from '../request/endpoint.js';
import { googleBody, readGoogle } from './google-request.js';
import { textExtras } from '../request/request-extras.js';

/** `POST /v1beta/models/{model}:countTokens`: https://ai.google.dev/api/tokens. Google does not bill it. */
export const googleCountTokens: Endpoint = {
  route: '/v1beta/models/{model}:countTokens',
  wire: 'google',
  callType: 'acount_tokens',
  streaming: 'none',
  billing: BY_NOTHING,
  responseFormat: new UnbilledResponseFormat(),
  documentation: {
    operationId: 'googleCountTokens',
    summary: 'Tokens of contents in Google’s format',
    requestDescription:
      'A request in the format of Google’s Gemini API, whose tokens the provider counts. It costs nothing and no budget refuses it.',
    properties: { contents: { type: 'array', items: { type: 'object' } } },
    required: [],
    responseDescription: 'The upstream’s answer: JSON with `totalTokens`.',
    example: { contents: [{ role: 'user', parts: [{ text: 'Say hello.' }] }] },
    exampleModel: 'gemini-2.5-flash',
  },
  read: readGoogle,
  body: googleBody,
  // Limits of tokens are for those of models.
  estimateInput: nothing,
  extrasOf: textExtras,
};

function nothing(): number {
  return 0;
}
