import { anthropicCountTokens } from './anthropic-count-tokens.endpoint.js';
import { anthropicMessages } from './anthropic-messages.endpoint.js';
import { chatCompletions } from './chat-completions.endpoint.js';
import { completions } from './completions.endpoint.js';
import { embeddings } from './embeddings.endpoint.js';
import type { Endpoint } from './endpoint.js';
import { imageEdits, imageVariations } from './image-edits.endpoint.js';
import { imageGenerations } from './image-generations.endpoint.js';
import { moderations } from './moderations.endpoint.js';
import { rerank, rerankV2 } from './rerank.endpoint.js';
import { compactedResponses, responses } from './responses.endpoint.js';
import { speech } from './speech.endpoint.js';
import { transcriptions, translations } from './transcriptions.endpoint.js';

/** Every endpoint of the model API. */
export const ENDPOINTS: readonly Endpoint[] = [
  chatCompletions,
  completions,
  embeddings,
  anthropicMessages,
  anthropicCountTokens,
  responses,
  compactedResponses,
  moderations,
  rerank,
  rerankV2,
  imageGenerations,
  imageEdits,
  imageVariations,
  speech,
  transcriptions,
  translations,
];

/**
 * Returns the endpoint of a canonical route, `null` when there is none.
 * @param route for example `/chat/completions`
 */
export function endpointOf(route: string): Endpoint | null {
  return ENDPOINTS.find((endpoint) => endpoint.route === route) ?? null;
}
