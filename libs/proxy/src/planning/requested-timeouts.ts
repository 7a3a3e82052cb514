import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObjectScan } from '#libs/common';
import type { DeploymentSettings } from '#libs/config';
import { invalidParameter, smallValue } from '../endpoints/request/request-values.js';

const MAX_SECONDS = 86_400;
const DECIMAL = /^\d{1,5}(?:\.\d{1,6})?$/;

/** Time limits of one attempt in seconds, as a request of a trusted caller states them; `null` where it states none. */
export interface RequestedTimeouts {
  readonly whole: number | null;
  /** Until the first byte of a stream, and between its bytes. */
  readonly stream: number | null;
}

/** Time limits of one attempt in seconds. */
interface TimeLimits {
  readonly whole: number;
  readonly firstByte: number;
  /** Between two bytes of a stream. */
  readonly silence: number;
}

/** Of a request that states none, or whose caller is not trusted. */
export const NO_TIMEOUTS: RequestedTimeouts = { whole: null, stream: null };

/**
 * Returns the time limits that a request states: its headers', else its body's.
 * @throws GatehouseError `request_invalid` unless each is a number of seconds above 0 and at most 86400
 */
export function requestedTimeoutsOf(
  headers: IncomingHttpHeaders,
  scan: JsonObjectScan,
): RequestedTimeouts {
  return {
    whole: secondsOf(headers, 'x-litellm-timeout') ?? memberOf(scan, 'timeout'),
    stream: secondsOf(headers, 'x-litellm-stream-timeout') ?? memberOf(scan, 'stream_timeout'),
  };
}

/** Returns the time limits of an attempt at a deployment: what the request states wins over the configuration. */
export function timeLimitsOf(
  { whole, stream }: RequestedTimeouts,
  deployment: Pick<
    DeploymentSettings,
    'timeoutSeconds' | 'firstByteTimeoutSeconds' | 'streamIdleTimeoutSeconds'
  >,
): TimeLimits {
  const ofStream = stream ?? whole;
  return {
    whole: whole ?? deployment.timeoutSeconds,
    firstByte: ofStream ?? deployment.firstByteTimeoutSeconds,
    silence: ofStream ?? deployment.streamIdleTimeoutSeconds,
  };
}

function secondsOf(headers: IncomingHttpHeaders, name: string): number | null {
  const text = headers[name];
  if (typeof text !== 'string') return null;
  return checked(DECIMAL.test(text) ? Number(text) : 0, name);
}

function memberOf(scan: JsonObjectScan, name: string): number | null {
  const value = smallValue(scan, name);
  return value === null ? null : checked(value, name);
}

function checked(value: unknown, name: string): number {
  if (typeof value === 'number' && value > 0 && value <= MAX_SECONDS) return value;
  throw invalidParameter(
    name,
    `"${name}" must be a number of seconds above 0 and at most ${String(MAX_SECONDS)}.`,
  );
}
