import { isJsonObject } from '#libs/common';
import type { LanguageModelV4, LanguageModelV4Usage } from '@ai-sdk/provider';

/** What the models of a package are made with. */
interface PackageSettings {
  readonly baseURL: string;
  readonly apiKey: string;
  /** Sends every request of the models. */
  readonly fetch: typeof globalThis.fetch;
}

/** A provider's package of the AI SDK, https://ai-sdk.dev/providers. */
export interface ModelPackage {
  /** Under which it reads options of its own. */
  readonly name: string;
  /** Loads its factory, when a model of it is called first. */
  readonly load: () => Promise<
    (settings: PackageSettings) => { languageModel(model: string): LanguageModelV4 }
  >;
  /** End of an address in LiteLLM's form that the package adds itself. */
  readonly ownPath: string;
  /** Returns the counts that the provider bills, where they differ from those that the package reads. */
  readonly billed?: (usage: LanguageModelV4Usage) => LanguageModelV4Usage;
}

/** An upstream provider whose calls are relayed, or translated by a package. */
export interface Provider {
  readonly wire: 'openai' | 'azure' | 'anthropic' | 'gemini' | 'vertex' | 'bedrock' | 'translated';
  /** Address where the provider is reached unless an entry names another; `null`: each entry must. */
  readonly apiBase: string | null;
  /** Variables that may hold the credential, first set wins; used at {@link apiBase} alone. */
  readonly keyVariables: readonly string[];
  /** Path that completes an address that has none. */
  readonly defaultPath: string;
  /** Set for `translated` alone. */
  readonly package?: ModelPackage;
}

const openai = (apiBase: string | null, keyVariables = '', defaultPath = ''): Provider => ({
  wire: 'openai',
  apiBase,
  keyVariables: keyVariables === '' ? [] : keyVariables.split(' '),
  defaultPath,
});

/** Cohere's second API, of which the address is that of chats in LiteLLM: https://docs.cohere.com/reference/chat. */
const cohere: Provider = {
  ...openai('https://api.cohere.com/v2', 'COHERE_API_KEY CO_API_KEY', '/v2'),
  wire: 'translated',
  package: {
    name: 'cohere',
    load: async () => (await import('@ai-sdk/cohere')).createCohere,
    ownPath: '/chat',
    billed: billedUnits,
  },
};

/** Cohere's tokens include those of its own prompt, which it does not bill: https://docs.cohere.com/docs/how-does-cohere-pricing-work. */
function billedUnits(usage: LanguageModelV4Usage): LanguageModelV4Usage {
  const units = usage.raw?.['billed_units'];
  if (!isJsonObject(units)) return usage;
  const { input_tokens: input, output_tokens: output } = units;
  if (typeof input !== 'number' || typeof output !== 'number') return usage;
  return {
    ...usage,
    inputTokens: { ...usage.inputTokens, total: input, noCache: input },
    outputTokens: { ...usage.outputTokens, total: output, text: output },
  };
}

/** Addresses of an Ollama server on this machine, which serves the OpenAI form below /v1. */
const ollama = openai('http://localhost:11434/v1', '', '/v1');

/**
 * Providers by LiteLLM's prefix: those that speak OpenAI's wire format, Azure's two forms of it, those of Anthropic
 * and Google, also on clouds, and those whose packages translate.
 * Addresses are the providers' documented ones.
 */
export const PROVIDERS: ReadonlyMap<string, Provider> = new Map([
  ['openai', openai('https://api.openai.com/v1', 'OPENAI_API_KEY')],
  [
    'anthropic',
    { ...openai('https://api.anthropic.com/v1', 'ANTHROPIC_API_KEY', '/v1'), wire: 'anthropic' },
  ],
  ['azure', { wire: 'azure', apiBase: null, keyVariables: [], defaultPath: '' }],
  ['bedrock', { wire: 'bedrock', apiBase: null, keyVariables: [], defaultPath: '' }],
  ['cerebras', openai('https://api.cerebras.ai/v1', 'CEREBRAS_API_KEY')],
  ['codestral', openai('https://codestral.mistral.ai/v1', 'CODESTRAL_API_KEY')],
  ['cohere', cohere],
  ['cohere_chat', cohere],
  ['custom_openai', openai(null)],
  [
    'dashscope',
    openai('https://dashscope-intl.aliyuncs.com/compatible-mode/v1', 'DASHSCOPE_API_KEY'),
  ],
  ['deepinfra', openai('https://api.deepinfra.com/v1/openai', 'DEEPINFRA_API_KEY')],
  ['deepseek', openai('https://api.deepseek.com/v1', 'DEEPSEEK_API_KEY')],
  [
    'fireworks_ai',
    openai(
      'https://api.fireworks.ai/inference/v1',
      'FIREWORKS_API_KEY FIREWORKS_AI_API_KEY FIREWORKSAI_API_KEY',
    ),
  ],
  // The OpenAI-compatible address of Google; its own routes are beside it.
  [
    'gemini',
    {
      ...openai(
        'https://generativelanguage.googleapis.com/v1beta/openai',
        'GEMINI_API_KEY GOOGLE_API_KEY',
        '/v1beta/openai',
      ),
      wire: 'gemini',
    },
  ],
  ['groq', openai('https://api.groq.com/openai/v1', 'GROQ_API_KEY')],
  ['hosted_vllm', openai(null)],
  ['litellm_proxy', openai(null)],
  ['llamafile', openai('http://127.0.0.1:8080/v1')],
  ['lm_studio', openai('http://localhost:1234/v1')],
  ['mistral', openai('https://api.mistral.ai/v1', 'MISTRAL_API_KEY')],
  ['moonshot', openai('https://api.moonshot.ai/v1', 'MOONSHOT_API_KEY')],
  ['nebius', openai('https://api.studio.nebius.ai/v1', 'NEBIUS_API_KEY')],
  ['novita', openai('https://api.novita.ai/v3/openai', 'NOVITA_API_KEY')],
  ['nvidia_nim', openai('https://integrate.api.nvidia.com/v1', 'NVIDIA_NIM_API_KEY')],
  ['ollama', ollama],
  ['ollama_chat', ollama],
  ['openai_like', openai(null)],
  ['openrouter', openai('https://openrouter.ai/api/v1', 'OPENROUTER_API_KEY OR_API_KEY')],
  ['perplexity', openai('https://api.perplexity.ai', 'PERPLEXITYAI_API_KEY PERPLEXITY_API_KEY')],
  ['sambanova', openai('https://api.sambanova.ai/v1', 'SAMBANOVA_API_KEY')],
  [
    'together_ai',
    openai(
      'https://api.together.xyz/v1',
      'TOGETHERAI_API_KEY TOGETHER_API_KEY TOGETHER_AI_API_KEY',
    ),
  ],
  ['vertex_ai', { wire: 'vertex', apiBase: null, keyVariables: [], defaultPath: '' }],
  ['vllm', openai(null)],
  ['xai', openai('https://api.x.ai/v1', 'XAI_API_KEY')],
  ['xinference', openai('http://127.0.0.1:9997/v1')],
]);

/** Providers of other wire formats, which LiteLLM translates and Gatehouse does not yet. */
export const PROVIDERS_NOT_BUILT: ReadonlySet<string> = new Set(
  `ai21 aiml aleph_alpha anthropic_text assemblyai azure_ai azure_text baseten bedrock_converse
  bytez clarifai cloudflare converse_like custom dashscope_native databricks elevenlabs
  fal_ai gigachat github_copilot huggingface infinity jina_ai maritalk nlp_cloud oci oobabooga palm petals
  predibase recraft replicate sagemaker sagemaker_chat sagemaker_nova sap snowflake text-completion-codestral
  text-completion-openai topaz triton vertex_ai_beta voyage watsonx watsonx_text`.split(/\s+/),
);

/** Well-known beginnings of model names that are written without a provider. */
const WELL_KNOWN: readonly (readonly [beginning: RegExp, provider: string])[] = [
  [
    /^(gpt-|chatgpt-|o[1-9]($|-)|text-embedding-|dall-e-|ft:gpt-|omni-moderation|whisper-|tts-)/,
    'openai',
  ],
  [/^claude-/, 'anthropic'],
  [/^gemini-/, 'gemini'],
  [/^command-/, 'cohere_chat'],
];

/**
 * The provider of a model name that has no prefix, by how well-known names begin; `null` otherwise.
 * @param model name without a slash
 */
export function providerOfWellKnownModel(model: string): string | null {
  return WELL_KNOWN.find(([beginning]) => beginning.test(model))?.[1] ?? null;
}
