import { formatUsd, memoizeByString, type PicoUsd } from '#libs/common';
import type { DeploymentSettings } from '#libs/config';
import { isSuccessStatus, relayedHeaders } from '../upstream/response-headers.js';
import type { ResponseHead } from '../upstream/upstream-call.js';
import type { ReservedCall } from './relay-call.js';

/** The call that a response is for: its model group, and what is left of its rate limits. */
type AnsweredCall = Pick<ReservedCall, 'group' | 'cost'>;

/** Headers of a response to a client. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/**
 * Returns the headers of a stream.
 * @param head as the upstream sent it
 */
export function streamHeaders(
  head: ResponseHead,
  deployment: DeploymentSettings,
  call: AnsweredCall,
): HeaderList {
  const headers = commonHeaders(head, deployment, call);
  // The second tells nginx and its like not to collect the stream before they pass it on.
  headers.push(['cache-control', 'no-cache'], ['x-accel-buffering', 'no']);
  return headers;
}

/**
 * Returns the headers of a response that is not a stream.
 * @param head as the upstream sent it
 * @param costPico what the call cost; it is not told with a refusal of the upstream
 */
export function plainHeaders(
  head: ResponseHead,
  deployment: DeploymentSettings,
  call: AnsweredCall,
  costPico: PicoUsd,
): HeaderList {
  const headers = commonHeaders(head, deployment, call);
  headers.push(
    isSuccessStatus(head.status)
      ? ['x-litellm-response-cost', formatUsd(costPico)]
      : ['x-gatehouse-error-source', 'upstream'],
  );
  return headers;
}

function commonHeaders(
  { status, headers }: ResponseHead,
  deployment: DeploymentSettings,
  { group, cost }: AnsweredCall,
): [name: string, value: string][] {
  const own = isSuccessStatus(status) ? Object.entries(cost.headers) : [];
  const relayed = relayedHeaders(headers);
  // The limits of the caller and those of the upstream's account must not be mixed.
  const kept = own.length === 0 ? relayed : relayed.filter(([name]) => !isRateHeader(name));
  kept.push(...own, ['x-litellm-model-id', deployment.id], groupHeader(group.name));
  return kept;
}

function isRateHeader(name: string): boolean {
  return name.startsWith('x-ratelimit-');
}

/** A model's name may hold characters that no header can. */
const groupHeader = memoizeByString((group): [name: string, value: string] => [
  'x-litellm-model-group',
  /^[\x20-\x7e]*$/.test(group) ? group : encodeURIComponent(group.toWellFormed()),
]);
