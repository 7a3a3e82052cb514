import type { JsonObjectScan } from '#libs/common';
import { BY_TOKENS } from '#libs/spend';
import { OpenaiResponseFormat } from '../../streaming/openai-response-format.js';
import { everyResponse } from '../request/cacheable.js';
import type { Endpoint } from '../request/endpoint.js';
import { estimateInputTokens } from '../request/estimate.js';
import {
  readCommon,
  readStream,
  upstreamBody,
  type RelayRequest,
} from '../request/relay-request.js';
import { textExtras } from '../request/request-extras.js';
import { CHOICES, GENERATION_PARAMETERS, TOKEN_BOUND } from '../request/request-parameters.js';
import { hasType, invalidParameter, readInteger } from '../request/request-values.js';

const EVALUATED: ReadonlySet<string> = new Set([...GENERATION_PARAMETERS, 'best_of', 'prompt']);
const INPUT_MEMBERS = ['prompt', 'suffix'] as const;
/** Zero is allowed: with `echo` it asks for the log probabilities of the prompt alone. */
const MAX_TOKENS = { ...TOKEN_BOUND, min: 0 };
/**
 * Prompts in a longer array are not counted: parsing it would delay every other call of the
 * process.
 */
const MAX_COUNTED_BYTES = 262_144;

/** `POST /v1/completions`: https://platform.openai.com/docs/api-reference/completions. */
export const completions: Endpoint = {
  route: '/completions',
  callType: 'atext_completion',
  streaming: 'sse',
  billing: BY_TOKENS,
  isCacheable: everyResponse,
  responseFormat: new OpenaiResponseFormat({ textMembers: ['text'], endsWith: 'finish' }),
  documentation: {
    operationId: 'completionsComplete',
    summary: 'Text completion, plain or streamed',
    summaryOfModelInPath: 'Text completion of the model in the path',
    requestDescription:
      'A text completion in OpenAI’s format. Members that the gateway does not know are forwarded as they are.',
    properties: {
      prompt: {
        description: 'A string, an array of strings, of token ids, or of arrays of token ids.',
        oneOf: [{ type: 'string' }, { type: 'array', items: {} }],
      },
      stream: { type: 'boolean', default: false },
    },
    required: ['prompt'],
    responseDescription:
      'The upstream’s answer: JSON, or server-sent events when `stream` is true.',
    example: { prompt: 'Say hello.' },
  },
  read,
  body: upstreamBody,
  estimateInput,
  extrasOf: textExtras,
};

function read(scan: JsonObjectScan | undefined, pathModel: string | null): RelayRequest {
  const common = readCommon(scan, pathModel, EVALUATED);
  const { scan: body } = common;
  if (!hasType(body, 'prompt', ['string', 'array']))
    throw invalidParameter('prompt', '"prompt" must be a string or an array.');
  // The upstream generates `best_of` completions and returns `n` of them; all are billed.
  const n = readInteger(body, 'n', CHOICES) ?? 1;
  const perPrompt = Math.max(n, readInteger(body, 'best_of', CHOICES) ?? 1);
  const maxTokens = readInteger(body, 'max_tokens', MAX_TOKENS);
  const prompts = countPrompts(body);
  return {
    ...common,
    ...readStream(body),
    maxOutputTokens: prompts === null ? null : maxTokens,
    choices: perPrompt * (prompts ?? Infinity),
  };
}

/** An array of strings or of arrays holds one prompt for each element. `null`: not counted. */
function countPrompts(scan: JsonObjectScan): number | null {
  if (hasType(scan, 'prompt', ['string'])) return 1;
  const { valueStart = 0, end = 0 } = scan.members.get('prompt') ?? {};
  if (end - valueStart > MAX_COUNTED_BYTES) return null;
  try {
    const prompts = scan.value('prompt') as readonly unknown[];
    return typeof prompts[0] === 'number' ? 1 : Math.max(1, prompts.length);
  } catch {
    // The array is not valid JSON; the upstream refuses it.
    return 1;
  }
}

function estimateInput(scan: JsonObjectScan): number {
  return estimateInputTokens(scan, INPUT_MEMBERS, true);
}
