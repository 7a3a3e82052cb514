import { GatehouseError } from '#libs/common';
import type { RateClaim } from './rate-claims.js';
import type { RateRefusal } from './rate-counters.js';
import { rateHeadersOf } from './rate-headers.js';

const UNITS = {
  requests: 'requests per minute',
  tokens: 'tokens per minute',
  max_parallel_requests: 'parallel requests',
} as const;

/** LiteLLM's names of the limits in `rate_limit_type`. */
const WIRE_TYPES = {
  requests: 'requests',
  tokens: 'tokens',
  max_parallel_requests: 'concurrent_requests',
} as const;

const NO_RETRY = { 'x-should-retry': 'false' };

/**
 * Returns the failure of a request that a rate limit refuses. The message for a request that is larger than the whole
 * limit says so, and its headers advise against another attempt. A limit of a deployment names the model alone: its id is for
 * administrators.
 * @param nowMs the time of day, for the instant of the reset
 */
export function rateLimited(refusal: RateRefusal, nowMs: number): GatehouseError {
  const { claim, remaining, resetMs, waitMs } = refusal;
  const { scope, id, model, type, limit } = claim;
  const isHopeless = claim.amount > limit;
  const isKnown = type !== 'max_parallel_requests' && !isHopeless;
  const resetsAt = isKnown ? new Date(nowMs + resetMs).toISOString() : null;
  const isDeployment = scope === 'deployment';
  return new GatehouseError('rate_limited', {
    message: isHopeless ? tooLargeMessage(claim) : fullMessage(refusal, resetsAt),
    ...(isHopeless ? {} : { retryAfterSeconds: Math.max(1, Math.ceil((waitMs ?? 0) / 1000)) }),
    headers: {
      ...rateHeadersOf([refusal]),
      rate_limit_type: WIRE_TYPES[type],
      ...(resetsAt === null ? {} : { reset_at: resetsAt }),
      ...(isHopeless ? NO_RETRY : {}),
    },
    details: {
      rate_limit: {
        ...{ scope, id: isDeployment ? model : id, model },
        ...{ type, limit, remaining, resets_at: resetsAt },
      },
    },
    isByLimit: true,
    context: { scope, id, model, type, limit, ...(isDeployment && { deployment: id }) },
  });
}

/**
 * Says which limit refuses and when it is free again.
 * @param resetsAt `null` where it is not known
 */
function fullMessage({ claim, remaining }: RateRefusal, resetsAt: string | null): string {
  const reset =
    resetsAt === null
      ? 'It is free again when one of them ends.'
      : `It is free again at ${resetsAt} at the latest.`;
  return `Rate limit exceeded for ${subjectOf(claim)}: at most ${String(claim.limit)} ${UNITS[claim.type]}, of which ${String(remaining)} are left. ${reset}`;
}

function tooLargeMessage(claim: RateClaim): string {
  const { type, limit, amount } = claim;
  const rule = `${subjectOf(claim)} has at most ${String(limit)} ${UNITS[type]}`;
  return type === 'tokens'
    ? `The request is too large for its rate limit: it may use ${String(amount)} tokens, and ${rule}. Send less input, or a lower max_tokens.`
    : `Rate limit exceeded: ${rule}.`;
}

function subjectOf({ scope, id, model }: RateClaim): string {
  if (scope === 'deployment') return `a deployment of model ${String(model)}`;
  if (scope === 'gateway') return 'the gateway';
  return `${scope} ${id}${model === null ? '' : ` and model ${model}`}`;
}
