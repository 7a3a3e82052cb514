/** Tokens of one call. */
export interface FakeTokens {
  promptTokens: number;
  cachedTokens: number;
  completionTokens: number;
}

interface Named {
  readonly id: string;
  readonly model: string;
}

const CREATED = 1_700_000_000;

/**
 * The `usage` member: OpenAI's, nothing for `none`, any other value verbatim.
 * @param instead what the test wants to be sent
 */
export function usageObject(tokens: FakeTokens, instead: unknown): unknown {
  if (instead === 'none') return undefined;
  if (instead !== undefined) return instead;
  return {
    prompt_tokens: tokens.promptTokens,
    completion_tokens: tokens.completionTokens,
    total_tokens: tokens.promptTokens + tokens.completionTokens,
    prompt_tokens_details: { cached_tokens: tokens.cachedTokens, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  };
}

/** A plain chat completion in OpenAI's form. */
export function completionOf({ id, model }: Named, content: string, usage: unknown): object {
  return {
    id,
    object: 'chat.completion',
    created: CREATED,
    model,
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage,
  };
}

/** One chunk of a streamed chat completion in OpenAI's form. */
export function chunkOf(
  { id, model }: Named,
  delta: object,
  finishReason: string | null,
  usage: unknown,
): object {
  return {
    id,
    object: 'chat.completion.chunk',
    created: CREATED,
    model,
    choices: [{ index: 0, delta, finish_reason: finishReason }],
    usage,
  };
}
