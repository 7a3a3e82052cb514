import type { RequestedRoute } from '#libs/access';
import { BATCH_ENDPOINTS } from './batches.endpoint.js';
import { FILE_ENDPOINTS } from './files.endpoint.js';
import { FINE_TUNING_ENDPOINTS } from './fine-tuning.endpoint.js';
import { VECTOR_STORE_ENDPOINTS } from './vector-stores.endpoint.js';
import { anthropicCountTokens } from './anthropic-count-tokens.endpoint.js';
import { anthropicMessages } from './anthropic-messages.endpoint.js';
import { chatCompletions } from './chat-completions.endpoint.js';
import { completions } from './completions.endpoint.js';
import { embeddings } from './embeddings.endpoint.js';
import type { Endpoint } from './endpoint.js';
import { googleCountTokens } from './google-count-tokens.endpoint.js';
import { googleGenerate, googleStream } from './google-generate.endpoint.js';
import { imageEdits, imageVariations } from './image-edits.endpoint.js';
import { imageGenerations } from './image-generations.endpoint.js';
import { moderations } from './moderations.endpoint.js';
import { pathParameters } from './path-parameters.js';
import { rerank, rerankV2 } from './rerank.endpoint.js';
import { compactedResponses, responses } from './responses.endpoint.js';
import { speech } from './speech.endpoint.js';
import { STORED_RESPONSES } from './stored-responses.endpoint.js';
import { transcriptions, translations } from './transcriptions.endpoint.js';

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
