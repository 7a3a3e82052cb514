/**
 * Where an upstream counts reasoning tokens: `within` the completion tokens; `beside` them, both in the
 * total; as the `remainder` of the total, with no member of its own; or `apart`, in neither of them.
 */
export type ReasoningPlace = 'within' | 'beside' | 'remainder' | 'apart';

/** Whether the tokens that were read from or written to a cache are part of the input count, or beside it. */
export type CachePlace = 'within' | 'beside';

/** How `cache_read_input_tokens` and `cache_creation_input_tokens` are counted in one form of a usage object. */
export interface CacheConvention {
  /** Tried in this order where there is a total; the first under which the parts add up to it counts. */
  readonly places: readonly CachePlace[];
  /** The place where there is no total; `null` when nothing decides then, so that the usage is suspect. */
  readonly withoutTotal: CachePlace | null;
  /** Where it is documented. */
  readonly sources: readonly string[];
}

/** The rules by which a model provider counts tokens. */
export interface UsageConvention {
  /** Tried in this order; the first under which the parts add up to the total counts. */
  readonly reasoning: readonly ReasoningPlace[];
  /** The provider's page that documents the convention. */
  readonly source: string;
}

const within = (source: string): UsageConvention => ({ reasoning: ['within'], source });

/** OpenAI's convention, which also applies to every provider that the table does not name. */
const OPENAI = within('https://platform.openai.com/docs/api-reference/chat/object');

/** Conventions by LiteLLM's provider prefix. */
export const USAGE_CONVENTIONS: ReadonlyMap<string, UsageConvention> = new Map([
  ['openai', OPENAI],
  ['azure', within('https://learn.microsoft.com/azure/ai-services/openai/reference')],
  [
    'anthropic',
    within('https://platform.claude.com/docs/en/cli-sdks-libraries/libraries/openai-sdk'),
  ],
  ['deepseek', within('https://api-docs.deepseek.com/api/create-chat-completion')],
  ['groq', within('https://console.groq.com/docs/api-reference#chat-create')],
  ['hosted_vllm', within('https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html')],
  ['mistral', within('https://docs.mistral.ai/api/')],
  ['moonshot', within('https://platform.kimi.ai/docs/api/chat')],
  ['ollama', within('https://docs.ollama.com/api/openai-compatibility')],
  ['openrouter', within('https://openrouter.ai/docs/cookbook/administration/usage-accounting')],
  // The total is "prompt + completion"; what a search reads and thinks is billed beside them.
  [
    'perplexity',
    {
      reasoning: ['apart'],
      source: 'https://docs.perplexity.ai/api-reference/chat-completions-post',
    },
  ],
  // The native `totalTokenCount` is prompt, thoughts and candidates. In the compatible response the thoughts are in the
  // total alone, or named in the details and then beside the completion.
  [
    'gemini',
    {
      reasoning: ['within', 'remainder'],
      source: 'https://ai.google.dev/api/generate-content#UsageMetadata',
    },
  ],
  // The reasoning tokens are "separated from the completion_tokens": 663 + 50 + 124 = 837 in its example.
  [
    'xai',
    {
      reasoning: ['beside', 'within'],
      source:
        'https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/grok/capabilities/reasoning',
    },
  ],
]);

/**
 * Conventions of Anthropic's cache members, by the name of the input count that they come with. They belong to that name
 * and not to a provider prefix: Anthropic models are reached through many endpoints that call themselves compatible.
 */
export const CACHE_CONVENTIONS: Readonly<
  Record<'input_tokens' | 'prompt_tokens', CacheConvention>
> = {
  // Anthropic and Bedrock: "total_input_tokens = cache_read_input_tokens + cache_creation_input_tokens + input_tokens".
  input_tokens: {
    places: ['within', 'beside'],
    withoutTotal: 'beside',
    sources: ['https://platform.claude.com/docs/en/build-with-claude/prompt-caching'],
  },
  // LiteLLM: "all prompt tokens including cache-miss and cache-hit input tokens". An adapter that only renames
  // Anthropic's counts leaves them beside.
  prompt_tokens: {
    places: ['within', 'beside'],
    withoutTotal: null,
    sources: [
      'https://docs.litellm.ai/docs/completion/prompt_caching',
      'https://platform.claude.com/docs/en/build-with-claude/prompt-caching',
    ],
  },
};

/**
 * The convention of a provider.
 * @param provider LiteLLM's prefix
 */
export function usageConventionOf(provider: string): UsageConvention {
  return USAGE_CONVENTIONS.get(provider) ?? OPENAI;
}
