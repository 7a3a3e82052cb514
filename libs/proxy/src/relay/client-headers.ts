import { formatUsd, memoizeByString, type PicoUsd } from '#libs/common';
import type { DeploymentSettings } from '#libs/config';
import { isSuccessStatus, relayedHeaders } from '../upstream/response-headers.js';
import type { ResponseHead } from '../upstream/upstream-call.js';

/** Headers of a response to a client. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/**
 * Returns the headers of a stream.
 * @param head as the upstream sent it
 * @param group name of the model group
 */
export function streamHeaders(
  head: ResponseHead,
  deployment: DeploymentSettings,
  group: string,
): HeaderList {
  const headers = commonHeaders(head, deployment, group);
  // The second tells nginx and its like not to collect the stream before they pass it on.
  headers.push(['cache-control', 'no-cache'], ['x-accel-buffering', 'no']);
  return headers;
}

/**
 * Returns the headers of a response that is not a stream.
 * @param head as the upstream sent it
 * @param group name of the model group
 * @param costPico what the call cost; it is not told with a refusal of the upstream
 */
export function plainHeaders(
  head: ResponseHead,
  deployment: DeploymentSettings,
  group: string,
  costPico: PicoUsd,
): HeaderList {
  const headers = commonHeaders(head, deployment, group);
  headers.push(
    isSuccessStatus(head.status)
      ? ['x-litellm-response-cost', formatUsd(costPico)]
      : ['x-gatehouse-error-source', 'upstream'],
  );
  return headers;
}

function commonHeaders(
  { headers }: ResponseHead,
  deployment: DeploymentSettings,
  group: string,
): [name: string, value: string][] {
  const relayed = relayedHeaders(headers);
  relayed.push(['x-litellm-model-id', deployment.id], groupHeader(group));
  return relayed;
}

/** A model's name may hold characters that no header can. */
const groupHeader = memoizeByString((group): [name: string, value: string] => [
  'x-litellm-model-group',
  /^[\x20-\x7e]*$/.test(group) ? group : encodeURIComponent(group.toWellFormed()),
]);
