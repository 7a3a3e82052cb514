/** Tokens of one call. Whole numbers ≥ 0; cached input tokens are part of the input tokens. */
export interface TokenUsage {
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
}

/** What an upstream said about its usage, after judgement. */
export interface ReadUsage {
  readonly usage: TokenUsage;
  /** True when a number had to be corrected, so that the row can be looked at. */
  readonly isSuspect: boolean;
}

/** No model takes or gives that many tokens in one call; a larger number is a defect upstream. */
export const MAX_TOKENS_PER_CALL = 100_000_000;

/**
 * Reads the `usage` object of an OpenAI-shaped answer: `prompt_tokens`, `completion_tokens` and
 * `prompt_tokens_details.cached_tokens`, or the names of the Responses API (`input_tokens`,
 * `output_tokens`, `input_tokens_details`).
 *
 * Nothing that an upstream writes can make spend decrease or stop the ledger: a negative, fractional,
 * absurd or non-numeric count is corrected and the whole marked as suspect. An explicit zero is a zero.
 * @param value the parsed member, of any shape
 * @returns `null` when it is no usage object or counts nothing
 */
export function readUsage(value: unknown): ReadUsage | null {
  if (!isRecord(value)) return null;
  const input = value['prompt_tokens'] ?? value['input_tokens'];
  const output = value['completion_tokens'] ?? value['output_tokens'];
  const total = value['total_tokens'];
  if (isAbsent(input) && isAbsent(output) && isAbsent(total)) return null;
  const details = value['prompt_tokens_details'] ?? value['input_tokens_details'];
  const reading = new Reading();
  const sides = reading.sides(input, output, total);
  const cached = reading.optionalCount(isRecord(details) ? details['cached_tokens'] : undefined);
  return {
    usage: { ...sides, cachedInputTokens: reading.atMost(cached, sides.inputTokens) },
    isSuspect: reading.isSuspect,
  };
}

/** One judgement; remembers whether anything had to be corrected. */
class Reading {
  isSuspect = false;

  sides(
    input: unknown,
    output: unknown,
    total: unknown,
  ): { inputTokens: number; outputTokens: number } {
    const inputTokens = this.optionalCount(input);
    const outputTokens = this.optionalCount(output);
    if (isAbsent(total) || (!isAbsent(input) && !isAbsent(output))) {
      // An embedding has no output tokens: only a call without input tokens is odd.
      if (isAbsent(input)) this.isSuspect = true;
      return { inputTokens, outputTokens };
    }
    this.isSuspect ||= isAbsent(input);
    const rest = Math.max(0, this.count(total) - inputTokens - outputTokens);
    return isAbsent(input)
      ? { inputTokens: rest, outputTokens }
      : { inputTokens, outputTokens: rest };
  }

  optionalCount(value: unknown): number {
    return isAbsent(value) ? 0 : this.count(value);
  }

  atMost(count: number, limit: number): number {
    if (count <= limit) return count;
    this.isSuspect = true;
    return limit;
  }

  private count(value: unknown): number {
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0) {
      return this.atMost(value, MAX_TOKENS_PER_CALL);
    }
    this.isSuspect = true;
    if (typeof value !== 'number' || Number.isNaN(value) || value < 0) return 0;
    return Math.min(Math.ceil(value), MAX_TOKENS_PER_CALL);
  }
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
