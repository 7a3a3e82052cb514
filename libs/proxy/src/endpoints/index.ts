import { anthropicCountTokens } from './anthropic-count-tokens.endpoint.js';
import { anthropicMessages } from './anthropic-messages.endpoint.js';
import { chatCompletions } from './chat-completions.endpoint.js';
import { completions } from './completions.endpoint.js';
import { embeddings } from './embeddings.endpoint.js';
import type { Endpoint } from './endpoint.js';

/** Every endpoint of the model API. */
export const ENDPOINTS: readonly Endpoint[] = [
  chatCompletions,
  completions,
  embeddings,
  anthropicMessages,
  anthropicCountTokens,
];

/**
 * Returns the endpoint of a canonical route, `null` when there is none.
 * @param route for example `/chat/completions`
 */
export function endpointOf(route: string): Endpoint | null {
  return ENDPOINTS.find((endpoint) => endpoint.route === route) ?? null;
}
