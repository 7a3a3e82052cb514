import { isJsonObject } from '#libs/common';

type Members = Readonly<Record<string, unknown>>;

/** A form of a usage object that does not have OpenAI's names. */
interface UsageShape {
  /** A member that only this form has. */
  readonly sign: string;
  /** The model provider's page that documents it. */
  readonly source: string;
  /** Returns the same counts by the names of OpenAI or Anthropic. */
  readonly translate: (usage: Members) => Members;
}

/** Forms of the providers' own APIs. */
const USAGE_SHAPES: readonly UsageShape[] = [
  {
    sign: 'promptTokenCount',
    source: 'https://ai.google.dev/api/generate-content#UsageMetadata',
    translate: translateGemini,
  },
  {
    sign: 'inputTokens',
    source: 'https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html',
    translate: translateConverse,
  },
  {
    // Cohere bills `billed_units`; `tokens` counts what the model saw besides.
    sign: 'billed_units',
    source: 'https://docs.cohere.com/reference/chat',
    translate: ({ billed_units: billed }) => (isJsonObject(billed) ? inputAlone(billed) : {}),
  },
];

/** Returns a usage object by the names of OpenAI or Anthropic; the same object where it has them. */
export function inKnownShape(usage: Members): Members {
  for (const { sign, translate } of USAGE_SHAPES) if (sign in usage) return translate(usage);
  return usage;
}

/** An embedding is billed by its input, and says nothing of an output. */
function inputAlone(billed: Members): Members {
  return 'input_tokens' in billed && !('output_tokens' in billed)
    ? { ...billed, output_tokens: 0 }
    : billed;
}

/** `cacheDetails` splits the written tokens by the lifetime of the entry; it is empty where none were written. */
function translateConverse(usage: Members): Members {
  const { cacheDetails: details } = usage;
  const split = Array.isArray(details) ? (details as readonly unknown[]).filter(isJsonObject) : [];
  const written = (lifetime: string): unknown =>
    split
      .filter(({ ttl }) => ttl === lifetime)
      .reduce<unknown>((sum, { inputTokens: count }) => sumOf(sum, count), undefined);
  return {
    input_tokens: usage['inputTokens'],
    output_tokens: usage['outputTokens'],
    total_tokens: usage['totalTokens'],
    cache_read_input_tokens: usage['cacheReadInputTokens'],
    cache_creation_input_tokens: usage['cacheWriteInputTokens'],
    ...(split.length === 0
      ? {}
      : {
          cache_creation: {
            ephemeral_1h_input_tokens: written('1h'),
            ephemeral_5m_input_tokens: written('5m'),
          },
        }),
  };
}

/** The total is the sum of prompt, tool use, candidates and thoughts; cached tokens are part of the prompt. */
function translateGemini(usage: Members): Members {
  const thoughts = usage['thoughtsTokenCount'];
  return {
    prompt_tokens: sumOf(usage['promptTokenCount'], usage['toolUsePromptTokenCount']),
    completion_tokens: sumOf(usage['candidatesTokenCount'], thoughts),
    total_tokens: usage['totalTokenCount'],
    prompt_tokens_details: {
      cached_tokens: usage['cachedContentTokenCount'],
      ...modalitiesOf(usage['promptTokensDetails'], usage['toolUsePromptTokensDetails']),
      cached_tokens_details: modalitiesOf(usage['cacheTokensDetails']),
    },
    completion_tokens_details: {
      reasoning_tokens: thoughts,
      ...modalitiesOf(usage['candidatesTokensDetails']),
    },
    // Not in the usage itself: the format of the response adds it.
    server_tool_use: { web_search_requests: usage['webSearchRequests'] },
  };
}

/** A count that is not one makes the sum none, so that the usage is suspect. */
function sumOf(first: unknown, second: unknown): unknown {
  if (second === undefined || second === null) return first;
  if (first === undefined || first === null) return second;
  return typeof first === 'number' && typeof second === 'number' ? first + second : Number.NaN;
}

/** Tokens of audio, images and videos. */
function modalitiesOf(...lists: readonly unknown[]): Members {
  const entries = lists.flatMap((list) =>
    Array.isArray(list) ? (list as readonly unknown[]) : [],
  );
  const count = (modality: string): number => {
    let sum = 0;
    for (const entry of entries)
      if (isJsonObject(entry) && entry['modality'] === modality) sum += Number(entry['tokenCount']);
    return sum;
  };
  return {
    audio_tokens: count('AUDIO'),
    image_tokens: count('IMAGE'),
    video_tokens: count('VIDEO'),
  };
}
