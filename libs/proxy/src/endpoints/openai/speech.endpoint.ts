import type { JsonObjectScan } from '#libs/common';
import type { Billing, TokenUsage, UsageDetails } from '#libs/spend';
import { TypedEventsFormat } from '../../streaming/typed-events-format.js';
import type { Endpoint } from '../request/endpoint.js';
import { estimateInputTokens } from '../request/estimate.js';
import { keptNames } from '../ids/kept-names.js';
import { readCommon, upstreamBody, type RelayRequest } from '../request/relay-request.js';
import { textExtras } from '../request/request-extras.js';
import { hasType, invalidParameter, readText } from '../request/request-values.js';

const EVALUATED: ReadonlySet<string> = new Set(['input', 'instructions', 'stream_format']);
/** By character where a deployment has such a price, else by tokens. */
const BILLING: Billing = [
  ['inputCharacter'],
  ['input', 'outputAudio'],
  ['input', 'output'],
  ['request'],
];
/** About 15 characters a second and 20 tokens a second. */
const TOKENS_PER_CHARACTER = 1.5;
/** The slowest speech of a script with a syllable for each character, at a quarter of the speed. */
const MOST_TOKENS_PER_CHARACTER = 24;
const SPARE_TOKENS = 500;
/** A character of two units of UTF-16. */
const PAIR = /[\ud800-\udbff][\udc00-\udfff]/g;

const OBJECTS: Endpoint['objects'] = {
  /** A voice of the account. */
  named: (body) => keptNames(body, ['voice']),
};

/** `POST /v1/audio/speech`: https://platform.openai.com/docs/api-reference/audio/createSpeech. */
export const speech: Endpoint = {
  route: '/audio/speech',
  callType: 'aspeech',
  streaming: 'bytes',
  billing: BILLING,
  objects: OBJECTS,
  units: { bound: charactersOf, count: charactersOf },
  responseFormat: new TypedEventsFormat({
    textMembers: [],
    completed: withAudioTokens,
    lastType: 'speech.audio.done',
    isSingle: true,
  }),
  documentation: {
    operationId: 'speechCreate',
    summary: 'Speech from a text',
    requestDescription:
      'A request for speech in OpenAI’s format. Members that the gateway does not know are forwarded as they are.',
    properties: {
      input: { type: 'string' },
      voice: {},
      response_format: { type: 'string' },
      stream_format: { type: 'string', enum: ['audio', 'sse'] },
    },
    required: ['input'],
    responseDescription:
      'The upstream’s answer: sound, passed on as it comes, or typed server-sent events when `stream_format` is `sse`.',
    example: { input: 'Hello.', voice: 'alloy' },
  },
  read,
  body: upstreamBody,
  estimateInput,
  extrasOf: textExtras,
  estimateUsage,
};

function read(scan: JsonObjectScan | undefined, pathModel: string | null): RelayRequest {
  const common = readCommon(scan, pathModel, EVALUATED);
  const { scan: body } = common;
  if (!hasType(body, 'input', ['string']))
    throw invalidParameter('input', '"input" must be a string.');
  const characters = charactersIn(body);
  return {
    ...common,
    isStream: readText(body, 'stream_format') === 'sse',
    wantsUsage: true,
    wholeOutputTokens: characters * MOST_TOKENS_PER_CHARACTER + SPARE_TOKENS,
  };
}

function charactersOf({ scan }: RelayRequest): UsageDetails {
  const characters = charactersIn(scan);
  return characters === 0 ? {} : { inputCharacter: characters };
}

/** Unicode characters, as Python counts them and LiteLLM bills them. */
function charactersIn(scan: JsonObjectScan): number {
  const text = scan.value('input');
  if (typeof text !== 'string') return 0;
  let characters = text.length;
  for (const pair of text.matchAll(PAIR)) characters -= pair.length;
  return characters;
}

function estimateInput(scan: JsonObjectScan): number {
  return estimateInputTokens(scan, ['input', 'instructions']);
}

/** A response of sound alone says nothing of its tokens. */
function estimateUsage({ scan }: RelayRequest): TokenUsage {
  const outputTokens = Math.ceil(charactersIn(scan) * TOKENS_PER_CHARACTER);
  const inputTokens = estimateInput(scan);
  return {
    inputTokens,
    cachedInputTokens: 0,
    outputTokens,
    details: { outputAudio: outputTokens },
  };
}

/** Its output is sound, which the usage does not split. */
function withAudioTokens(
  usage: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const { output_tokens: output, output_tokens_details: details } = usage;
  return details === undefined || details === null
    ? { ...usage, output_tokens_details: { audio_tokens: output } }
    : usage;
}
