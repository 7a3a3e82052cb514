import type { RateType } from './rate-claims.js';
import type { RateState } from './rate-counters.js';

/** Headers with their values. */
export type Headers = Readonly<Record<string, string>>;

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;

/**
 * Returns OpenAI's `x-ratelimit-*` headers of a request: of its limits of requests, and of its limits of tokens, the one
 * of which the least is left. Without a limit of a kind there are no headers of that kind.
 */
export function rateHeadersOf(states: readonly RateState[]): Headers {
  return { ...headersOfType(states, 'requests'), ...headersOfType(states, 'tokens') };
}

/** Returns a length of time as OpenAI writes it, for example `250ms`, `12.5s` or `1m0.1s`. */
export function durationInWords(milliseconds: number): string {
  const whole = Math.max(0, Math.ceil(milliseconds));
  if (whole < SECOND_MS) return `${String(whole)}ms`;
  const minutes = Math.floor(whole / MINUTE_MS);
  const seconds = `${String((whole % MINUTE_MS) / SECOND_MS)}s`;
  return minutes === 0 ? seconds : `${String(minutes)}m${seconds}`;
}

function headersOfType(states: readonly RateState[], type: RateType): Headers {
  let tightest: RateState | null = null;
  for (const state of states)
    if (state.claim.type === type && (tightest === null || isTighter(state, tightest)))
      tightest = state;
  if (tightest === null) return {};
  return {
    [`x-ratelimit-limit-${type}`]: String(tightest.claim.limit),
    [`x-ratelimit-remaining-${type}`]: String(tightest.remaining),
    [`x-ratelimit-reset-${type}`]: durationInWords(tightest.resetMs),
  };
}

function isTighter(one: RateState, other: RateState): boolean {
  return one.remaining === other.remaining
    ? one.claim.limit < other.claim.limit
    : one.remaining < other.remaining;
}
