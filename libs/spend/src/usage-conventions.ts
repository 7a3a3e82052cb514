/**
 * Where an upstream counts reasoning tokens: `within` the completion tokens; `beside` them, both in the
 * total; or as the `remainder` of the total, with no member of its own.
 */
export type ReasoningPlace = 'within' | 'beside' | 'remainder';

/** How a provider counts. */
export interface UsageConvention {
  /** Tried in this order; the first under which the parts add up to the total counts. */
  readonly reasoning: readonly ReasoningPlace[];
  /** Where the provider documents it. */
  readonly source: string;
}

const within = (source: string): UsageConvention => ({ reasoning: ['within'], source });

/** OpenAI's convention, which also applies to every provider that the table does not name. */
const OPENAI = within('https://platform.openai.com/docs/api-reference/chat/object');

/** Conventions by LiteLLM's provider prefix. */
export const USAGE_CONVENTIONS: ReadonlyMap<string, UsageConvention> = new Map([
  ['openai', OPENAI],
  ['azure', within('https://learn.microsoft.com/azure/ai-services/openai/reference')],
  ['anthropic', within('https://docs.anthropic.com/en/api/openai-sdk')],
  ['deepseek', within('https://api-docs.deepseek.com/api/create-chat-completion')],
  ['groq', within('https://console.groq.com/docs/api-reference#chat-create')],
  ['hosted_vllm', within('https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html')],
  ['mistral', within('https://docs.mistral.ai/api/')],
  ['moonshot', within('https://platform.moonshot.ai/docs/api/chat')],
  ['ollama', within('https://github.com/ollama/ollama/blob/main/docs/openai.md')],
  ['openrouter', within('https://openrouter.ai/docs/use-cases/usage-accounting')],
  ['perplexity', within('https://docs.perplexity.ai/api-reference/chat-completions-post')],
  // Thinking tokens are in the total alone, or named in the details and then beside the completion.
  [
    'gemini',
    { reasoning: ['within', 'remainder'], source: 'https://ai.google.dev/gemini-api/docs/openai' },
  ],
  // "reasoning token consumption will be counted separately from completion_tokens".
  [
    'xai',
    {
      reasoning: ['beside', 'within'],
      source: 'https://docs.x.ai/docs/key-information/consumption-and-rate-limits',
    },
  ],
]);

/**
 * The convention of a provider.
 * @param provider LiteLLM's prefix
 */
export function usageConventionOf(provider: string): UsageConvention {
  return USAGE_CONVENTIONS.get(provider) ?? OPENAI;
}
