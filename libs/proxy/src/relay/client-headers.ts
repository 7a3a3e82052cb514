import { memoizeByString } from '#libs/common';
import { isSuccessStatus, relayedHeaders, type HeaderList } from '../upstream/response-headers.js';
import type { DeploymentVisit } from '../routing/deployment-visit.js';
import type { ResponseHead } from '../upstream/upstream-call.js';
import type { Settlement } from '../settlement/attempt-accounting.js';
import { costHeaders } from './cost-headers.js';
import type { EnteredCall } from '../planning/relay-call.js';
import { timeLimitsOf } from '../planning/requested-timeouts.js';

/** The call that a response is for: its model group, what is left of its rate limits, and the limit of its output. */
type AnsweredCall = Pick<
  EnteredCall,
  | 'group'
  | 'deployment'
  | 'cost'
  | 'outputLimit'
  | 'destination'
  | 'request'
  | 'requestedTimeouts'
  | 'state'
> & { readonly visit: Pick<DeploymentVisit, 'elapsedMs'> | null };

/**
 * Returns the headers of a stream.
 * @param head as the upstream sent it
 */
export function streamHeaders(head: ResponseHead, call: AnsweredCall): HeaderList {
  const headers = commonHeaders(head, call);
  // The second tells nginx and its like not to collect the stream before they pass it on.
  headers.push(['cache-control', 'no-cache'], ['x-accel-buffering', 'no']);
  return headers;
}

/**
 * Returns the headers of a response that is not a stream.
 * @param head as the upstream sent it
 * @param settlement what the call cost; it is not shown with a refusal of the upstream
 */
export function plainHeaders(
  head: ResponseHead,
  call: AnsweredCall,
  settlement: Pick<Settlement, 'costPico' | 'usage' | 'basis'>,
): HeaderList {
  const headers = commonHeaders(head, call);
  if (isSuccessStatus(head.status)) return [...headers, ...costHeaders(settlement)];
  headers.push(['x-gatehouse-error-source', 'upstream']);
  return headers;
}

/** Returns the headers of a response whose cost is known when its upstream has ended it. */
export function runningHeaders(head: ResponseHead, call: AnsweredCall): HeaderList {
  return commonHeaders(head, call);
}

function commonHeaders(
  { status, headers }: ResponseHead,
  call: AnsweredCall,
): (readonly [name: string, value: string])[] {
  const { group, deployment, cost, outputLimit, destination } = call;
  const own = isSuccessStatus(status) ? Object.entries(cost.headers) : [];
  const relayed = destination?.relayedHeaders(headers) ?? relayedHeaders(headers);
  // The limits of the caller and those of the upstream's account must not be mixed.
  const kept = relayed.filter(([name]) => own.length === 0 || !isRateHeader(name));
  kept.push(...own, ['x-litellm-model-id', deployment.id], groupHeader(group.name));
  if (deployment.region !== null) kept.push(['x-litellm-model-region', deployment.region]);
  kept.push(...timeHeaders(call));
  if (outputLimit !== null) kept.push(['x-gatehouse-output-limit', String(outputLimit)]);
  return kept;
}

/** The time limit of the response, and how long it took until now: in all, and of that in the gateway and in earlier attempts. */
function timeHeaders(call: AnsweredCall): HeaderList {
  const { deployment, request, requestedTimeouts, state, visit } = call;
  const { whole, firstByte } = timeLimitsOf(requestedTimeouts, deployment);
  const limit = request.isStream ? firstByte : whole;
  const wholeMs = performance.now() - state.startedAtMs;
  const ownMs = Math.max(0, wholeMs - (visit?.elapsedMs ?? 0));
  return [
    ['x-litellm-timeout', String(limit)],
    ['x-litellm-response-duration-ms', wholeMs.toFixed(2)],
    ['x-litellm-overhead-duration-ms', ownMs.toFixed(2)],
  ];
}

function isRateHeader(name: string): boolean {
  return name.startsWith('x-ratelimit-');
}

/** A model's name may hold characters that no header can. */
const groupHeader = memoizeByString((group): [name: string, value: string] => [
  'x-litellm-model-group',
  /^[\x20-\x7e]*$/.test(group) ? group : encodeURIComponent(group.toWellFormed()),
]);
