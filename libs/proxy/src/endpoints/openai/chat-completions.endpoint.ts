import type { JsonObjectScan } from '#libs/common';
import { BY_TOKENS } from '#libs/spend';
import { OpenaiResponseFormat } from '../../streaming/openai-response-format.js';
import { unlessKept } from '../request/cacheable.js';
import { handsOut, keptNames } from '../ids/kept-names.js';
import type { Endpoint } from '../request/endpoint.js';
import { estimateInputTokens } from '../request/estimate.js';
import {
  readCommon,
  readStream,
  upstreamBody,
  type RelayRequest,
} from '../request/relay-request.js';
import { chatExtras } from '../request/request-extras.js';
import { CHOICES, GENERATION_PARAMETERS, TOKEN_BOUND } from '../request/request-parameters.js';
import { hasType, invalidParameter, readInteger } from '../request/request-values.js';
import { uncountedSearch } from '../request/requested-searches.js';

const EVALUATED: ReadonlySet<string> = new Set([
  ...GENERATION_PARAMETERS,
  'max_completion_tokens',
  'messages',
]);

const INPUT_MEMBERS = ['messages', 'tools', 'functions', 'response_format'] as const;

/** Members whose string is output of the model, in every dialect that calls itself compatible. */
const TEXT_MEMBERS = ['content', 'arguments', 'reasoning_content', 'reasoning', 'refusal'] as const;

const OBJECTS: Endpoint['objects'] = {
  /** Files, vector stores and sounds that messages and tools name, and a voice. */
  named: (body) => keptNames(body, ['messages', 'tools', 'audio']),
  made: handsOut('audio'),
};

/** `POST /v1/chat/completions`: https://platform.openai.com/docs/api-reference/chat. */
export const chatCompletions: Endpoint = {
  route: '/chat/completions',
  callType: 'acompletion',
  streaming: 'sse',
  billing: BY_TOKENS,
  isCacheable: unlessKept,
  objects: OBJECTS,
  responseFormat: new OpenaiResponseFormat({ textMembers: TEXT_MEMBERS, endsWith: 'finish' }),
  documentation: {
    operationId: 'chatCompletionsComplete',
    summary: 'Chat completion, plain or streamed',
    summaryOfModelInPath: 'Chat completion of the model in the path',
    requestDescription:
      'A chat completion in OpenAI’s format. Members that the gateway does not know are forwarded as they are.',
    properties: {
      messages: { type: 'array', items: { type: 'object' } },
      stream: { type: 'boolean', default: false },
    },
    required: ['messages'],
    responseDescription:
      'The upstream’s answer: JSON, or server-sent events when `stream` is true.',
    example: { messages: [{ role: 'user', content: 'Say hello.' }] },
  },
  read: readChatRequest,
  body: upstreamBody,
  estimateInput,
  extrasOf: chatExtras,
  searchesOf: uncountedSearch,
};

function readChatRequest(scan: JsonObjectScan | undefined, pathModel: string | null): RelayRequest {
  const common = readCommon(scan, pathModel, EVALUATED);
  const { scan: body } = common;
  if (!hasType(body, 'messages', ['array']))
    throw invalidParameter('messages', '"messages" must be an array.');
  return {
    ...common,
    ...readStream(body),
    maxOutputTokens: outputBound(body),
    choices: readInteger(body, 'n', CHOICES) ?? 1,
  };
}

function estimateInput(scan: JsonObjectScan): number {
  return estimateInputTokens(scan, INPUT_MEMBERS);
}

function outputBound(scan: JsonObjectScan): number | null {
  const current = readInteger(scan, 'max_completion_tokens', TOKEN_BOUND);
  const legacy = readInteger(scan, 'max_tokens', TOKEN_BOUND);
  // Upstreams differ in which of the two has priority, so that the larger one is held.
  return current === null || legacy === null ? (current ?? legacy) : Math.max(current, legacy);
}
