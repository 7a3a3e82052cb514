import type { PricedUnit } from '#libs/config';

type Units = Partial<Record<PricedUnit, number>>;

/** A usage object as a provider documents it, its units, and its cost computed by hand. */
export interface GoldenUsage {
  readonly provider: string;
  /** The page that documents the shape. */
  readonly source: string;
  readonly usage: object;
  readonly units: Units;
  /** US dollars for each unit. */
  readonly prices: Readonly<Partial<Record<PricedUnit, string>>>;
  readonly usd: string;
}

/** Usage objects from the documentation of the providers. */
export const GOLDEN_USAGES: readonly GoldenUsage[] = [
  {
    provider: 'openai',
    source: 'https://platform.openai.com/docs/api-reference/chat/object',
    usage: {
      prompt_tokens: 2006,
      completion_tokens: 300,
      total_tokens: 2306,
      prompt_tokens_details: { cached_tokens: 1920, audio_tokens: 0 },
      completion_tokens_details: {
        reasoning_tokens: 128,
        audio_tokens: 0,
        accepted_prediction_tokens: 10,
        rejected_prediction_tokens: 5,
      },
    },
    units: { input: 86, cachedInput: 1920, output: 172, reasoning: 128 },
    prices: { input: '1.25e-6', cachedInput: '1.25e-7', output: '1e-5' },
    // 86 × 0.00000125 + 1920 × 0.000000125 + 300 × 0.00001
    usd: '0.0033475',
  },
  {
    provider: 'openai',
    source: 'https://platform.openai.com/docs/guides/audio',
    usage: {
      prompt_tokens: 117,
      completion_tokens: 350,
      total_tokens: 467,
      prompt_tokens_details: {
        cached_tokens: 0,
        text_tokens: 17,
        audio_tokens: 100,
        image_tokens: 0,
      },
      completion_tokens_details: { reasoning_tokens: 0, text_tokens: 80, audio_tokens: 270 },
    },
    units: { input: 17, inputAudio: 100, output: 80, outputAudio: 270 },
    prices: { input: '2.5e-6', inputAudio: '4e-5', output: '1e-5', outputAudio: '8e-5' },
    // 17 × 0.0000025 + 100 × 0.00004 + 80 × 0.00001 + 270 × 0.00008
    usd: '0.0264425',
  },
  {
    provider: 'openai',
    source: 'https://platform.openai.com/docs/api-reference/audio/json-object',
    usage: { type: 'duration', seconds: 27.4 },
    units: { inputSecond: 28 },
    prices: { inputSecond: '0.0001' },
    usd: '0.0028',
  },
  {
    provider: 'azure',
    source: 'https://learn.microsoft.com/azure/ai-foundry/openai/how-to/prompt-caching',
    usage: {
      completion_tokens: 1518,
      prompt_tokens: 1566,
      total_tokens: 3084,
      completion_tokens_details: { audio_tokens: null, reasoning_tokens: 576 },
      prompt_tokens_details: { audio_tokens: null, cached_tokens: 1408 },
    },
    units: { input: 158, cachedInput: 1408, output: 942, reasoning: 576 },
    prices: { input: '1.1e-6', cachedInput: '5.5e-7', output: '4.4e-6', reasoning: '5e-6' },
    // 158 × 0.0000011 + 1408 × 0.00000055 + 942 × 0.0000044 + 576 × 0.000005
    usd: '0.007973',
  },
  {
    provider: 'anthropic',
    source: 'https://platform.claude.com/docs/en/build-with-claude/prompt-caching',
    usage: {
      input_tokens: 2048,
      cache_read_input_tokens: 1800,
      cache_creation_input_tokens: 248,
      cache_creation: { ephemeral_5m_input_tokens: 148, ephemeral_1h_input_tokens: 100 },
      output_tokens: 503,
      server_tool_use: { web_search_requests: 2 },
      service_tier: 'standard',
    },
    units: {
      input: 2048,
      cachedInput: 1800,
      cacheWrite: 148,
      cacheWriteHour: 100,
      output: 503,
      searchMedium: 2,
    },
    prices: {
      input: '3e-6',
      cachedInput: '3e-7',
      cacheWrite: '3.75e-6',
      cacheWriteHour: '6e-6',
      output: '1.5e-5',
      searchMedium: '0.01',
    },
    // 0.006144 + 0.00054 + 0.000555 + 0.0006 + 0.007545 + 0.02
    usd: '0.035384',
  },
  {
    provider: 'bedrock',
    source: 'https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html',
    usage: {
      inputTokens: 11,
      outputTokens: 140,
      totalTokens: 1691,
      cacheReadInputTokens: 1280,
      cacheWriteInputTokens: 260,
    },
    units: { input: 11, cachedInput: 1280, cacheWrite: 260, output: 140 },
    prices: { input: '3e-6', cachedInput: '3e-7', cacheWrite: '3.75e-6', output: '1.5e-5' },
    // 0.000033 + 0.000384 + 0.000975 + 0.0021
    usd: '0.003492',
  },
  {
    provider: 'gemini',
    source: 'https://ai.google.dev/api/generate-content#UsageMetadata',
    usage: {
      promptTokenCount: 1264,
      candidatesTokenCount: 50,
      thoughtsTokenCount: 120,
      toolUsePromptTokenCount: 36,
      cachedContentTokenCount: 1000,
      totalTokenCount: 1470,
      promptTokensDetails: [
        { modality: 'TEXT', tokenCount: 1006 },
        { modality: 'IMAGE', tokenCount: 258 },
      ],
      cacheTokensDetails: [
        { modality: 'TEXT', tokenCount: 900 },
        { modality: 'IMAGE', tokenCount: 100 },
      ],
    },
    units: {
      input: 142,
      cachedInput: 900,
      cachedImage: 100,
      inputImage: 158,
      output: 50,
      reasoning: 120,
    },
    prices: { input: '3e-7', cachedInput: '3e-8', inputImage: '5e-7', output: '2.5e-6' },
    // 142 × 0.0000003 + 1000 × 0.00000003 + 158 × 0.0000005 + 170 × 0.0000025
    usd: '0.0005766',
  },
  {
    provider: 'gemini',
    source: 'https://ai.google.dev/gemini-api/docs/openai',
    usage: { prompt_tokens: 20, completion_tokens: 30, total_tokens: 150 },
    units: { input: 20, output: 30, reasoning: 100 },
    prices: { input: '3e-7', output: '2.5e-6' },
    usd: '0.000331',
  },
  {
    provider: 'vertex_ai',
    source:
      'https://docs.cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1/GenerateContentResponse',
    usage: {
      promptTokenCount: 300,
      candidatesTokenCount: 40,
      totalTokenCount: 340,
      trafficType: 'ON_DEMAND',
      promptTokensDetails: [
        { modality: 'AUDIO', tokenCount: 250 },
        { modality: 'TEXT', tokenCount: 50 },
      ],
      candidatesTokensDetails: [{ modality: 'TEXT', tokenCount: 40 }],
    },
    units: { input: 50, inputAudio: 250, output: 40 },
    prices: { input: '3e-7', inputAudio: '1e-6', output: '2.5e-6' },
    // 0.000015 + 0.00025 + 0.0001
    usd: '0.000365',
  },
  {
    provider: 'mistral',
    source: 'https://docs.mistral.ai/api/',
    usage: { prompt_tokens: 16, completion_tokens: 34, total_tokens: 50 },
    units: { input: 16, output: 34 },
    prices: { input: '2e-6', output: '6e-6' },
    usd: '0.000236',
  },
  {
    provider: 'mistral',
    source: 'https://docs.mistral.ai/api/endpoint/ocr',
    usage: { pages_processed: 29, doc_size_bytes: 3_002_783 },
    units: { page: 29 },
    prices: { page: '0.001' },
    usd: '0.029',
  },
  {
    provider: 'cohere',
    source: 'https://docs.cohere.com/reference/chat',
    usage: {
      billed_units: { input_tokens: 5, output_tokens: 418 },
      tokens: { input_tokens: 71, output_tokens: 418 },
    },
    units: { input: 5, output: 418 },
    prices: { input: '2.5e-6', output: '1e-5' },
    usd: '0.0041925',
  },
  {
    provider: 'cohere',
    source: 'https://docs.cohere.com/reference/rerank',
    usage: { billed_units: { search_units: 3 } },
    units: { query: 3 },
    prices: { query: '0.002' },
    usd: '0.006',
  },
  {
    provider: 'deepseek',
    source: 'https://api-docs.deepseek.com/guides/kv_cache',
    usage: {
      prompt_tokens: 1000,
      completion_tokens: 200,
      total_tokens: 1200,
      prompt_cache_hit_tokens: 896,
      prompt_cache_miss_tokens: 104,
      completion_tokens_details: { reasoning_tokens: 150 },
    },
    units: { input: 104, cachedInput: 896, output: 50, reasoning: 150 },
    prices: { input: '2.8e-7', cachedInput: '2.8e-8', output: '4.2e-7' },
    // 104 × 0.00000028 + 896 × 0.000000028 + 200 × 0.00000042
    usd: '0.000138208',
  },
  {
    provider: 'xai',
    source: 'https://docs.x.ai/docs/guides/reasoning',
    usage: {
      prompt_tokens: 37,
      completion_tokens: 530,
      total_tokens: 1226,
      prompt_tokens_details: {
        text_tokens: 37,
        audio_tokens: 0,
        image_tokens: 0,
        cached_tokens: 8,
      },
      completion_tokens_details: { reasoning_tokens: 659, audio_tokens: 0 },
      num_sources_used: 4,
    },
    units: { input: 29, cachedInput: 8, output: 530, reasoning: 659, searchMedium: 4 },
    prices: { input: '3e-6', cachedInput: '7.5e-7', output: '1.5e-5', searchMedium: '0.025' },
    // 0.000087 + 0.000006 + 1189 × 0.000015 + 0.1
    usd: '0.117928',
  },
  {
    provider: 'groq',
    source: 'https://console.groq.com/docs/api-reference#chat-create',
    usage: {
      queue_time: 0.037493756,
      prompt_tokens: 18,
      prompt_time: 0.000680594,
      completion_tokens: 556,
      completion_time: 0.463333333,
      total_tokens: 574,
      total_time: 0.464013927,
      prompt_tokens_details: { cached_tokens: 10 },
    },
    units: { input: 8, cachedInput: 10, output: 556 },
    prices: { input: '5.9e-7', cachedInput: '2.95e-7', output: '7.9e-7' },
    // 0.00000472 + 0.00000295 + 0.00043924
    usd: '0.00044691',
  },
  {
    provider: 'openrouter',
    source: 'https://openrouter.ai/docs/cookbook/administration/usage-accounting',
    usage: {
      prompt_tokens: 194,
      completion_tokens: 2,
      total_tokens: 196,
      prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 100, audio_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 0 },
      cost: 0.95,
    },
    units: { input: 94, cacheWrite: 100, output: 2 },
    prices: { input: '1e-6', cacheWrite: '1.25e-6', output: '5e-6' },
    usd: '0.000229',
  },
];
