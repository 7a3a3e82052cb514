import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObjectScan } from '#libs/common';
import { invalidParameter, readInteger } from '../endpoints/request/request-values.js';
import type { KeepAliveTerms } from '../streaming/stream-pump.js';
import type { EnteredCall } from './relay-call.js';

const HEADER = 'x-litellm-keepalive-seconds';
const BOUNDS = { min: 1, max: 300 } as const;

/**
 * Returns the silence in seconds after which a request asks for a sign of life: its header's, else its body's; `null` for none.
 * @throws GatehouseError `request_invalid` unless it is an integer from 1 to 300
 */
export function requestedKeepAliveOf(
  headers: IncomingHttpHeaders,
  scan: JsonObjectScan,
): number | null {
  const header = headers[HEADER];
  if (typeof header !== 'string') return readInteger(scan, 'keepalive_seconds', BOUNDS);
  const value = /^[1-9]\d{0,2}$/.test(header) ? Number(header) : Infinity;
  if (value <= BOUNDS.max) return value;
  throw invalidParameter(HEADER, `"${HEADER}" must be an integer from 1 to ${String(BOUNDS.max)}.`);
}

/**
 * Returns when a stream gets a sign of life; `null` for never.
 * @param open sends status and headers
 */
export function keepAliveOf(
  { keepAliveSeconds: requested, deployment }: Pick<EnteredCall, 'keepAliveSeconds' | 'deployment'>,
  open: () => void,
): KeepAliveTerms | null {
  const { keepAliveSeconds, takesClientKeepAlive } = deployment;
  const seconds = (takesClientKeepAlive ? requested : null) ?? keepAliveSeconds;
  return seconds === null ? null : { milliseconds: seconds * 1_000, open };
}
