import type { RequestedRoute } from '#libs/access';
import { BATCH_ENDPOINTS } from './objects/batches.endpoint.js';
import { CONTAINER_ENDPOINTS } from './objects/containers.endpoint.js';
import { CONVERSATION_ENDPOINTS } from './objects/conversations.endpoint.js';
import { FILE_ENDPOINTS } from './objects/files.endpoint.js';
import { FINE_TUNING_ENDPOINTS } from './objects/fine-tuning.endpoint.js';
import { VECTOR_STORE_ENDPOINTS } from './objects/vector-stores.endpoint.js';
import { anthropicCountTokens } from './anthropic/anthropic-count-tokens.endpoint.js';
import { anthropicMessages } from './anthropic/anthropic-messages.endpoint.js';
import { chatCompletions } from './openai/chat-completions.endpoint.js';
import { completions } from './openai/completions.endpoint.js';
import { embeddings } from './openai/embeddings.endpoint.js';
import type { Endpoint } from './request/endpoint.js';
import { googleCountTokens } from './google/google-count-tokens.endpoint.js';
import { googleGenerate, googleStream } from './google/google-generate.endpoint.js';
import { imageEdits, imageVariations } from './openai/image-edits.endpoint.js';
import { imageGenerations } from './openai/image-generations.endpoint.js';
import { moderations } from './openai/moderations.endpoint.js';
import { pathParameters } from './request/path-parameters.js';
import { rerank, rerankV2 } from './openai/rerank.endpoint.js';
import { compactedResponses, responses } from './openai/responses.endpoint.js';
import { speech } from './openai/speech.endpoint.js';
import { STORED_RESPONSES } from './objects/stored-responses.endpoint.js';
import { transcriptions, translations } from './openai/transcriptions.endpoint.js';

/** Every endpoint of the model API. */
export const ENDPOINTS: readonly Endpoint[] = [
  chatCompletions,
  completions,
  embeddings,
  anthropicMessages,
  anthropicCountTokens,
  googleGenerate,
  googleStream,
  googleCountTokens,
  responses,
  compactedResponses,
  ...STORED_RESPONSES,
  moderations,
  rerank,
  rerankV2,
  imageGenerations,
  imageEdits,
  imageVariations,
  speech,
  transcriptions,
  translations,
  ...FILE_ENDPOINTS,
  ...BATCH_ENDPOINTS,
  ...FINE_TUNING_ENDPOINTS,
  ...VECTOR_STORE_ENDPOINTS,
  ...CONVERSATION_ENDPOINTS,
  ...CONTAINER_ENDPOINTS,
];

/**
 * Returns the endpoint that receives a request, `null` when there is none.
 * @param route with its canonical path
 */
export function endpointAt({
  method,
  path,
}: Pick<RequestedRoute, 'method' | 'path'>): Endpoint | null {
  const ofMethod = ENDPOINTS.filter((one) => (one.method ?? 'POST') === method);
  return (
    ofMethod.find(({ route }) => route === path) ??
    ofMethod.find((one) => isRouteOf(one, path) || pathParameters(one.route, path) !== null) ??
    null
  );
}

/**
 * Returns the endpoint of a canonical route, `null` when there is none.
 * @param route for example `/chat/completions`, or `/v1beta/models/gemini-2.5-pro:generateContent`, which names its model
 */
export function endpointOf(route: string): Endpoint | null {
  return ENDPOINTS.find((endpoint) => isRouteOf(endpoint, route)) ?? null;
}

function isRouteOf({ route }: Endpoint, asked: string): boolean {
  const [before = '', behind] = route.split('{model}');
  if (behind === undefined) return route === asked;
  const shortest = before.length + behind.length;
  return asked.length > shortest && asked.startsWith(before) && asked.endsWith(behind);
}
