/** How rate limits are kept, in LiteLLM's words. */
export const LIMIT_TYPES = ['guaranteed_throughput', 'best_effort_throughput', 'dynamic'] as const;

/**
 * How a rate limit is kept: `best_effort_throughput`, the default, always; `guaranteed_throughput` as well, and the limits of all
 * keys of a team, or teams of an organisation, must fit into that of their owner; `dynamic` while the model that is called fails.
 */
export type LimitType = (typeof LIMIT_TYPES)[number];
