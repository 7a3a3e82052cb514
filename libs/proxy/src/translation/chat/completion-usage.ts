import type { LanguageModelV4Usage, SharedV4ProviderMetadata } from '@ai-sdk/provider';
import { isJsonObject } from '#libs/common';
import { reportedTokens, type TokenUsage, type UsageDetails } from '#libs/spend';
import { messageUsageOf } from '../../streaming/anthropic-usage.js';
import { googleUsageOf } from '../../streaming/google-response-format.js';

type Members = Readonly<Record<string, unknown>>;

/** What a provider tells of the costs of a response. */
interface UsageFacts {
  readonly usage: LanguageModelV4Usage;
  readonly providerMetadata?: SharedV4ProviderMetadata;
  /** The provider's name of the model. */
  readonly model: string;
}

/** The usage of a completion, and the price class that the provider names. */
export interface BilledUsage {
  readonly usage: Members;
  readonly service_tier?: string;
}

/** The provider's own usage object as the gateway reads it from that provider's own API. */
interface NativeUsage {
  readonly tokens: TokenUsage | null;
  readonly serviceTier: string | null;
  /** Cohere: it bills other counts than those of the tokens that the model saw. */
  readonly isBilledApart: boolean;
}

const NO_DETAILS: UsageDetails = {};

/**
 * Returns the usage in OpenAI's form with LiteLLM's members for caches; `null` where the provider has told no count. The packages
 * know totals alone. Audio, images, lifetimes of cached prompts, searches and summaries have prices of their own, and are read from
 * the provider's usage object. A count that the provider has not told is left out.
 */
export function completionUsage(facts: UsageFacts): BilledUsage | null {
  const native = nativeUsageOf(facts);
  const { inputTokens: input, outputTokens: output } = facts.usage;
  const prompt = billed(native, input.total, native.tokens?.inputTokens);
  const completion = billed(native, output.total, native.tokens?.outputTokens);
  if (prompt === undefined && completion === undefined) return null;
  const usage = present({
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens:
      prompt === undefined || completion === undefined ? undefined : prompt + completion,
    ...cacheMembers(facts.usage, native),
    completion_tokens_details: outputDetails(output.reasoning, native.tokens),
    ...searchMembers(native.tokens?.details ?? NO_DETAILS),
  });
  return native.serviceTier === null ? { usage } : { usage, service_tier: native.serviceTier };
}

/** The larger count: a package may leave out what a native usage has, and add up steps that it lists. */
function billed(
  { isBilledApart }: NativeUsage,
  count: number | undefined,
  own: number | undefined,
): number | undefined {
  return isBilledApart ? own : larger(count, own);
}

/** A count of 0 that only the gateway's own reading has is one that the provider has not told. */
function larger(count: number | undefined, own = 0): number | undefined {
  return count === undefined && own === 0 ? undefined : Math.max(count ?? 0, own);
}

function nativeUsageOf({ usage: { raw }, providerMetadata, model }: UsageFacts): NativeUsage {
  const metadata = Object.values(providerMetadata ?? {});
  const named = tierIn(metadata);
  if (raw === undefined) return { tokens: null, serviceTier: named, isBilledApart: false };
  const isGoogle = 'promptTokenCount' in raw;
  const read = isGoogle ? googleUsageOf(asGoogle(raw, metadata, model)) : messageUsageOf(raw);
  return {
    tokens: reportedTokens(read?.usage),
    serviceTier: read?.serviceTier ?? named,
    isBilledApart: 'billed_units' in raw,
  };
}

/** The members of Google's response that count; the second name of a package for the same metadata does not. */
function asGoogle(raw: Members, metadata: readonly Members[], model: string): Members {
  return { usageMetadata: raw, candidates: metadata.slice(0, 1), modelVersion: model };
}

/** OpenAI's packages name the tier, and Bedrock has an object for it. */
function tierIn(metadata: readonly Members[]): string | null {
  for (const { serviceTier: tier } of metadata) {
    const name = isJsonObject(tier) ? tier['type'] : tier;
    if (typeof name === 'string') return name;
  }
  return null;
}

function cacheMembers({ inputTokens: input }: LanguageModelV4Usage, native: NativeUsage): Members {
  const { tokens } = native;
  const details = tokens?.details ?? NO_DETAILS;
  const hour = details.cacheWriteHour ?? 0;
  const ownWritten = (details.cacheWrite ?? 0) + hour;
  const read = larger(input.cacheRead, tokens?.cachedInputTokens);
  const written = larger(input.cacheWrite, ownWritten);
  return {
    prompt_tokens_details: unlessNone({
      cached_tokens: read,
      cache_creation_tokens: written,
      // Only where the two lifetimes make the whole, so that a reader can trust them.
      cache_creation_token_details:
        hour > 0 && written === ownWritten
          ? { ephemeral_5m_input_tokens: ownWritten - hour, ephemeral_1h_input_tokens: hour }
          : undefined,
      ...inputModalities(details),
    }),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
  };
}

/** OpenAI's counts of audio and images have the cached ones in them. */
function inputModalities(details: UsageDetails): Members {
  const { inputAudio = 0, inputImage = 0, inputVideo, cachedAudio = 0, cachedImage = 0 } = details;
  return {
    audio_tokens: larger(undefined, inputAudio + cachedAudio),
    image_tokens: larger(undefined, inputImage + cachedImage),
    video_tokens: inputVideo,
    cached_tokens_details: unlessNone({
      audio_tokens: details.cachedAudio,
      image_tokens: details.cachedImage,
    }),
  };
}

function outputDetails(
  reasoning: number | undefined,
  tokens: TokenUsage | null,
): Members | undefined {
  const details = tokens?.details ?? NO_DETAILS;
  return unlessNone({
    reasoning_tokens: larger(reasoning, details.reasoning ?? details.reasoningApart),
    audio_tokens: details.outputAudio,
    image_tokens: details.outputImage,
    video_tokens: details.outputVideo,
  });
}

/** Searches by Anthropic's name, and with Perplexity's for their size; pages that Perplexity bills. */
function searchMembers(details: UsageDetails): Members {
  const { searchLow, searchMedium, searchHigh, citation } = details;
  const searches = searchLow ?? searchMedium ?? searchHigh;
  return {
    server_tool_use: searches === undefined ? undefined : { web_search_requests: searches },
    search_context_size: sizeOf(details),
    citation_tokens: citation,
  };
}

function sizeOf({ searchLow, searchHigh }: UsageDetails): string | undefined {
  if (searchLow !== undefined) return 'low';
  return searchHigh === undefined ? undefined : 'high';
}

function present(members: Members): Members {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

function unlessNone(members: Members): Members | undefined {
  const some = present(members);
  return Object.keys(some).length === 0 ? undefined : some;
}
