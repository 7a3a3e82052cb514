import type { JsonObjectScan } from '#libs/common';
import { BY_TOKENS } from '#libs/spend';
import { AnthropicResponseFormat } from '../../streaming/anthropic-response-format.js';
import { estimateMessages, MESSAGE_OBJECTS, readMessages } from './anthropic-request.js';
import { everyResponse } from '../request/cacheable.js';
import type { Endpoint } from '../request/endpoint.js';
import { upstreamBody, type RelayRequest } from '../request/relay-request.js';
import { pictureDataIn } from '../request/picture-data.js';
import { chatExtras, type RequestExtras } from '../request/request-extras.js';
import { TOKEN_BOUND } from '../request/request-parameters.js';
import { readBoolean, readInteger } from '../request/request-values.js';

/** Zero only fills the cache. */
const MAX_TOKENS = { ...TOKEN_BOUND, min: 0 };

/** `POST /v1/messages`: https://platform.claude.com/docs/en/api/messages. */
export const anthropicMessages: Endpoint = {
  route: '/v1/messages',
  wire: 'anthropic',
  // The official clients say so where they use what is in beta.
  relayedQuery: { beta: 'true' },
  callType: 'anthropic_messages',
  streaming: 'sse',
  billing: BY_TOKENS,
  isCacheable: everyResponse,
  objects: MESSAGE_OBJECTS,
  responseFormat: new AnthropicResponseFormat(),
  documentation: {
    operationId: 'anthropicMessagesCreate',
    summary: 'Message in Anthropic’s format, plain or streamed',
    requestDescription:
      'A request in the format of Anthropic’s Messages API, for models whose provider speaks it. `anthropic-version` and `anthropic-beta` go upstream.',
    properties: {
      messages: { type: 'array', items: { type: 'object' } },
      max_tokens: { type: 'integer' },
      stream: { type: 'boolean', default: false },
    },
    required: ['messages', 'max_tokens'],
    responseDescription:
      'The upstream’s answer: JSON, or server-sent events when `stream` is true.',
    example: {
      model: 'claude-sonnet-4-5',
      max_tokens: 64,
      messages: [{ role: 'user', content: 'Say hello.' }],
    },
  },
  read,
  body: upstreamBody,
  estimateInput: estimateMessages,
  extrasOf,
};

function read(scan: JsonObjectScan | undefined, pathModel: string | null): RelayRequest {
  const request = readMessages(scan, pathModel);
  return {
    ...request,
    isStream: readBoolean(request.scan, 'stream'),
    maxOutputTokens: readInteger(request.scan, 'max_tokens', MAX_TOKENS),
  };
}

function extrasOf(scan: JsonObjectScan): RequestExtras {
  const extras = chatExtras(scan);
  return { ...extras, imageBytes: extras.imageBytes + pictureDataIn(scan, 'messages') };
}
