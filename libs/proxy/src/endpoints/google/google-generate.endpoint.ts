import type { JsonObjectScan } from '#libs/common';
import { BY_TOKENS } from '#libs/spend';
import { GoogleResponseFormat } from '../../streaming/google-response-format.js';
import type { Endpoint } from '../request/endpoint.js';
import { googleAttachments } from './google-attachments.js';
import { estimateGoogle, googleBody, readGeneration } from './google-request.js';
import type { RelayRequest } from '../request/relay-request.js';
import type { RequestExtras } from '../request/request-extras.js';
import { requestedSearches } from '../request/requested-searches.js';

const CONTENTS = { contents: [{ role: 'user', parts: [{ text: 'Say hello.' }] }] };
const PROPERTIES = {
  contents: { type: 'array', items: { type: 'object' } },
  generationConfig: { type: 'object' },
} as const;
const REQUEST =
  'A request in the format of Google’s Gemini API, for models whose provider speaks it: Gemini and Vertex AI.';

/** What both forms of the operation have in common: https://ai.google.dev/api/generate-content. */
const GENERATION = {
  wire: 'google',
  billing: BY_TOKENS,
  responseFormat: new GoogleResponseFormat(),
  body: googleBody,
  estimateInput: estimateGoogle,
  extrasOf,
} as const;

/** `POST /v1beta/models/{model}:generateContent`. */
export const googleGenerate: Endpoint = {
  ...GENERATION,
  route: '/v1beta/models/{model}:generateContent',
  callType: 'agenerate_content',
  streaming: 'none',
  documentation: {
    operationId: 'googleGenerateContent',
    summary: 'Content in Google’s format',
    requestDescription: REQUEST,
    properties: PROPERTIES,
    required: ['contents'],
    responseDescription: 'The upstream’s answer: JSON with `candidates` and `usageMetadata`.',
    example: CONTENTS,
    exampleModel: 'gemini-2.5-flash',
  },
  read: readGeneration,
};

/** `POST /v1beta/models/{model}:streamGenerateContent`, which is a stream of events with `alt=sse`, and else a JSON array. */
export const googleStream: Endpoint = {
  ...GENERATION,
  route: '/v1beta/models/{model}:streamGenerateContent',
  relayedQuery: { alt: 'sse' },
  callType: 'agenerate_content_stream',
  streaming: 'sse',
  documentation: {
    operationId: 'googleStreamGenerateContent',
    summary: 'Content in Google’s format, streamed',
    requestDescription: `${REQUEST} With \`alt=sse\` in the query the response is server-sent events, else a JSON array.`,
    properties: PROPERTIES,
    required: ['contents'],
    responseDescription: 'The upstream’s answer: server-sent events, or a JSON array.',
    example: CONTENTS,
    exampleModel: 'gemini-2.5-flash',
  },
  read: readStream,
};

function readStream(scan: JsonObjectScan | undefined, pathModel: string | null): RelayRequest {
  return { ...readGeneration(scan, pathModel), isStream: true };
}

function extrasOf(scan: JsonObjectScan): RequestExtras {
  return { ...googleAttachments(scan), searches: requestedSearches(scan), predictedTokens: 0 };
}
