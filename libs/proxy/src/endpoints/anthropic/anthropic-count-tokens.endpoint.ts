import { BY_NOTHING } from '#libs/spend';
import { UnbilledResponseFormat } from '../../streaming/unbilled-response-format.js';
import { MESSAGE_OBJECTS, readMessages } from './anthropic-request.js';
import type { Endpoint } from '../request/endpoint.js';
import { upstreamBody } from '../request/relay-request.js';
import { textExtras } from '../request/request-extras.js';

/** `POST /v1/messages/count_tokens`: https://platform.claude.com/docs/en/api/messages-count-tokens. Anthropic does not bill it. */
export const anthropicCountTokens: Endpoint = {
  route: '/v1/messages/count_tokens',
  wire: 'anthropic',
  relayedQuery: { beta: 'true' },
  callType: 'anthropic_count_tokens',
  streaming: 'none',
  billing: BY_NOTHING,
  objects: MESSAGE_OBJECTS,
  responseFormat: new UnbilledResponseFormat(),
  documentation: {
    operationId: 'anthropicMessagesCountTokens',
    summary: 'Tokens of a message in Anthropic’s format',
    requestDescription:
      'A request in the format of Anthropic’s Messages API, whose input tokens the provider counts. It costs nothing and no budget refuses it.',
    properties: { messages: { type: 'array', items: { type: 'object' } } },
    required: ['messages'],
    responseDescription: 'The upstream’s answer: JSON with `input_tokens`.',
    example: {
      model: 'claude-sonnet-4-5',
      messages: [{ role: 'user', content: 'Say hello.' }],
    },
  },
  read: readMessages,
  body: upstreamBody,
  // Limits of tokens are for those of models.
  estimateInput: nothing,
  extrasOf: textExtras,
};

function nothing(): number {
  return 0;
}
