import type { RefusalForm } from './content-refusal.js';
import { refusalFactsOf } from './refusal-facts.js';

/**
 * Forms in which vendors refuse a model or deployment that they do not have, with 404. Texts are matched from their start: the
 * rest may quote the request, whose other members (a file, an earlier response) may be unknown as well.
 */
const UNKNOWN_MODELS: readonly RefusalForm[] = [
  {
    vendor: 'OpenAI',
    source: 'https://platform.openai.com/docs/guides/error-codes',
    matches: ({ codes }) => codes.includes('model_not_found'),
  },
  {
    vendor: 'Azure OpenAI',
    source: 'https://learn.microsoft.com/azure/ai-foundry/openai/reference',
    matches: ({ codes }) => codes.includes('DeploymentNotFound'),
  },
  {
    vendor: 'vLLM, Ollama, Gemini, Anthropic',
    source: 'https://platform.claude.com/docs/en/api/errors',
    matches: ({ message }) => /^(?:the )?models?[ :/]/i.test(message),
  },
];

/**
 * Returns true when the body of a 404 says that the upstream does not have the model, or that there is no API at the address.
 * @param body decoded bytes of the response
 */
export function isUnknownModel(body: Buffer): boolean {
  const facts = refusalFactsOf(body);
  return facts === null || UNKNOWN_MODELS.some(({ matches }) => matches(facts));
}
