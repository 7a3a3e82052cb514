import type { GoldenUsage } from '#support/golden-usages';

/** Usage objects with audio, images and videos, also cached ones, and with searches before the answer. */
export const GOLDEN_MEDIA_USAGES: readonly GoldenUsage[] = [
  {
    provider: 'openai',
    source: 'https://platform.openai.com/docs/guides/realtime-costs',
    usage: {
      total_tokens: 1253,
      input_tokens: 1132,
      output_tokens: 121,
      input_tokens_details: {
        text_tokens: 532,
        audio_tokens: 500,
        image_tokens: 100,
        cached_tokens: 640,
        cached_tokens_details: { text_tokens: 256, audio_tokens: 320, image_tokens: 64 },
      },
      output_tokens_details: { text_tokens: 30, audio_tokens: 91 },
    },
    units: {
      input: 276,
      inputAudio: 180,
      inputImage: 36,
      cachedInput: 256,
      cachedAudio: 320,
      cachedImage: 64,
      output: 30,
      outputAudio: 91,
    },
    prices: {
      input: '4e-6',
      inputAudio: '3.2e-5',
      inputImage: '5e-6',
      cachedInput: '4e-7',
      cachedAudio: '5e-7',
      cachedImage: '6e-7',
      output: '1.6e-5',
      outputAudio: '6.4e-5',
    },
    // 0.001104 + 0.00576 + 0.00018 + 0.0001024 + 0.00016 + 0.0000384 + 0.00048 + 0.005824
    usd: '0.0136488',
  },
  {
    provider: 'gemini',
    source: 'https://ai.google.dev/gemini-api/docs/video-understanding',
    usage: {
      promptTokenCount: 3_000,
      candidatesTokenCount: 1_100,
      cachedContentTokenCount: 1_200,
      totalTokenCount: 4_100,
      promptTokensDetails: [
        { modality: 'TEXT', tokenCount: 80 },
        { modality: 'AUDIO', tokenCount: 320 },
        { modality: 'VIDEO', tokenCount: 2_600 },
      ],
      cacheTokensDetails: [
        { modality: 'AUDIO', tokenCount: 200 },
        { modality: 'VIDEO', tokenCount: 1_000 },
      ],
      candidatesTokensDetails: [
        { modality: 'TEXT', tokenCount: 100 },
        { modality: 'VIDEO', tokenCount: 1_000 },
      ],
    },
    units: {
      input: 80,
      inputAudio: 120,
      inputVideo: 1_600,
      cachedInput: 1_000,
      cachedAudio: 200,
      output: 100,
      outputVideo: 1_000,
    },
    prices: {
      input: '7.5e-7',
      inputAudio: '3e-6',
      inputVideo: '1e-6',
      cachedInput: '7.5e-8',
      cachedAudio: '3e-7',
      output: '4.5e-6',
      outputVideo: '1.75e-5',
    },
    // 0.00006 + 0.00036 + 0.0016 + 0.000075 + 0.00006 + 0.00045 + 0.0175
    usd: '0.020105',
  },
  {
    provider: 'perplexity',
    source: 'https://docs.perplexity.ai/guides/pricing',
    usage: {
      prompt_tokens: 1340,
      completion_tokens: 1505,
      total_tokens: 2845,
      citation_tokens: 8476,
      num_search_queries: 7,
      reasoning_tokens: 54_927,
    },
    units: {
      input: 1340,
      output: 1505,
      citation: 8476,
      reasoningApart: 54_927,
      searchMedium: 7,
    },
    prices: {
      input: '2e-6',
      output: '8e-6',
      citation: '2e-6',
      reasoning: '3e-6',
      searchMedium: '0.005',
    },
    // 0.00268 + 0.01204 + 0.016952 + 0.164781 + 0.035
    usd: '0.231453',
  },
  {
    provider: 'perplexity',
    source: 'https://docs.perplexity.ai/guides/pricing',
    usage: {
      prompt_tokens: 20,
      completion_tokens: 900,
      total_tokens: 920,
      citation_tokens: 4000,
      reasoning_tokens: 300,
    },
    units: { input: 20, output: 900, citation: 4000, reasoningApart: 300 },
    // A model that does not bill citations and reasoning has no price of them.
    prices: { input: '1e-6', output: '1e-6' },
    usd: '0.00092',
  },
  {
    provider: 'perplexity',
    source: 'https://docs.perplexity.ai/api-reference/chat-completions-post',
    usage: {
      prompt_tokens: 12,
      completion_tokens: 300,
      total_tokens: 312,
      search_context_size: 'low',
      num_search_queries: 2,
    },
    units: { input: 12, output: 300, searchLow: 2 },
    prices: { input: '1e-6', output: '1e-6', searchLow: '0.005', searchHigh: '0.012' },
    usd: '0.010312',
  },
];
