import { isJsonObject } from '#libs/common';
import type { CountReader } from './count-reader.js';
import type { DetailUnit, UsageDetails } from './token-usage.js';

type Members = Readonly<Record<string, unknown>>;

const NO_MEMBERS: Members = {};

/** Counts of a usage object that most do not have; 0 where it has none. */
export interface PartCounts {
  /** Tokens that were written to a cache, for five minutes and for an hour. */
  readonly written: number;
  readonly writtenHour: number;
  /** Tokens of the input by what they are, without cached ones. */
  readonly inputAudio: number;
  readonly inputImage: number;
  readonly inputVideo: number;
  /** Cached tokens by what they are. */
  readonly cachedAudio: number;
  readonly cachedImage: number;
  readonly outputAudio: number;
  readonly outputImage: number;
  readonly outputVideo: number;
  /** Counts of other things than tokens; `null` for none. */
  readonly others: UsageDetails | null;
}

/** Reads the counts of parts by the names of all providers. */
export function partsOf(usage: Members, reader: CountReader): PartCounts {
  const input = inputDetailsIn(usage);
  const output = outputDetailsIn(usage);
  const written = reader.same([
    usage['cache_creation_input_tokens'],
    // OpenRouter's name, and LiteLLM's.
    input['cache_write_tokens'],
    input['cache_creation_tokens'],
  ]);
  const cached = membersOf(input['cached_tokens_details']);
  const [cachedAudio, cachedImage, cachedVideo] = modalitiesIn(cached, reader);
  const [outputAudio, outputImage, outputVideo] = modalitiesIn(output, reader);
  return {
    written,
    writtenHour: writtenForAnHour(usage, written, reader),
    inputAudio: reader.less(input['audio_tokens'], cachedAudio),
    inputImage: reader.less(input['image_tokens'], cachedImage),
    inputVideo: reader.less(input['video_tokens'], cachedVideo),
    cachedAudio,
    cachedImage,
    outputAudio,
    outputImage,
    outputVideo,
    others: othersOf(usage, reader),
  };
}

/** Returns the details of the input by the names of all APIs: chat, responses, and transcriptions with the realtime API. */
export function inputDetailsIn(usage: Members): Members {
  return membersOf(
    usage['prompt_tokens_details'] ?? usage['input_tokens_details'] ?? usage['input_token_details'],
  );
}

/** Returns those of the output. */
export function outputDetailsIn(usage: Members): Members {
  return membersOf(
    usage['completion_tokens_details'] ??
      usage['output_tokens_details'] ??
      usage['output_token_details'],
  );
}

/** Tokens of audio, images and videos. */
function modalitiesIn(details: Members, reader: CountReader): [number, number, number] {
  const count = (name: string): number => reader.count(details[name]) ?? 0;
  return [count('audio_tokens'), count('image_tokens'), count('video_tokens')];
}

/** The written tokens by the lifetime of the entry: Anthropic's place for the split, and LiteLLM's. */
function writtenForAnHour(usage: Members, written: number, reader: CountReader): number {
  const split = usage['cache_creation'] ?? inputDetailsIn(usage)['cache_creation_token_details'];
  if (!isJsonObject(split)) return 0;
  const hour = reader.count(split['ephemeral_1h_input_tokens']) ?? 0;
  const minutes = reader.count(split['ephemeral_5m_input_tokens']) ?? 0;
  reader.isClean &&= hour + minutes === written;
  return Math.min(hour, written);
}

/** Where providers count other things than tokens. */
const OTHER_COUNTS: readonly (readonly [DetailUnit, (usage: Members) => unknown])[] = [
  // Cohere's rerank; Mistral's OCR; OpenAI's transcriptions, whose usage has the type `duration`.
  ['query', (usage) => usage['search_units']],
  ['page', (usage) => usage['pages_processed']],
  // Perplexity's pages that the answer cites: https://docs.perplexity.ai/getting-started/pricing.
  ['citation', (usage) => usage['citation_tokens']],
  ['inputSecond', ({ type, seconds }) => (type === 'duration' ? seconds : undefined)],
];

/** Names of a number of searches: Anthropic's, Perplexity's and xAI's. */
function searchesOf(usage: Members): unknown {
  return (
    membersOf(usage['server_tool_use'])['web_search_requests'] ??
    usage['num_search_queries'] ??
    usage['num_sources_used']
  );
}

function othersOf(usage: Members, reader: CountReader): UsageDetails | null {
  let others: Partial<Record<DetailUnit, number>> | null = null;
  for (const [unit, countIn] of OTHER_COUNTS) {
    const count = reader.units(countIn(usage));
    if (count > 0) (others ??= {})[unit] = count;
  }
  const searches = reader.units(searchesOf(usage));
  if (searches > 0) (others ??= {})[searchUnitOf(usage)] = searches;
  return others;
}

function searchUnitOf({ search_context_size: size }: Members): DetailUnit {
  if (size === 'low') return 'searchLow';
  return size === 'high' ? 'searchHigh' : 'searchMedium';
}

function membersOf(value: unknown): Members {
  return isJsonObject(value) ? value : NO_MEMBERS;
}
