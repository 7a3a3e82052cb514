import { isJsonObject } from '#libs/common';
import { priceClassIn } from '#libs/spend';

type Members = Readonly<Record<string, unknown>>;

/** The usage of a message in Anthropic's form. */
export interface MessageUsage {
  readonly usage: Members;
  /** The price class (`priceClassIn`); `null` where the usage names none. */
  readonly serviceTier: string | null;
}

/** Counts that the top level of a usage leaves out for a summary of the context. */
const SUMMED = [
  'input_tokens',
  'output_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
] as const;
const SUMMED_WRITES = ['ephemeral_5m_input_tokens', 'ephemeral_1h_input_tokens'] as const;
/** The step in which the server summarises the context, by the model of the request. */
const COMPACTION = 'compaction';
/** Steps by another model, at its price. */
const OTHER_MODELS: ReadonlySet<unknown> = new Set(['advisor_message', 'fallback_message']);

/**
 * Returns the usage of a message as it is billed: with the tokens of summaries, which its top level leaves out. Fast mode, inference in
 * one place and steps of another model have prices of their own, and are named in the price class.
 * https://platform.claude.com/docs/en/api/messages
 */
export function messageUsageOf(usage: Members): MessageUsage {
  const { iterations } = usage;
  const steps = Array.isArray(iterations) ? iterations.filter(isJsonObject) : [];
  const summaries = steps.filter(({ type }) => type === COMPACTION);
  return {
    usage: summaries.reduce(withSummary, usage),
    serviceTier: tierOf(usage, steps),
  };
}

function tierOf(usage: Members, steps: readonly Members[]): string | null {
  const other = steps.find(({ type }) => OTHER_MODELS.has(type))?.['type'];
  return priceClassIn(typeof other === 'string' ? { ...usage, service_tier: other } : usage);
}

function withSummary(usage: Members, step: Members): Members {
  const writes = usage['cache_creation'];
  const written = step['cache_creation'];
  return {
    ...usage,
    ...sums(usage, step, SUMMED),
    ...(isJsonObject(writes) && isJsonObject(written)
      ? { cache_creation: { ...writes, ...sums(writes, written, SUMMED_WRITES) } }
      : {}),
  };
}

/** A count that is not one stays as it is, so that the usage is suspect. */
function sums(first: Members, second: Members, names: readonly string[]): Members {
  const entries = names.flatMap((name) => {
    const [one, other] = [first[name] ?? 0, second[name] ?? 0];
    if (typeof one !== 'number') return [];
    return [[name, typeof other === 'number' ? one + other : other] as const];
  });
  return Object.fromEntries(entries);
}
