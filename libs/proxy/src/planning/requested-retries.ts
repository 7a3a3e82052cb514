import type { IncomingHttpHeaders } from 'node:http';
import { isProxyAdmin, type AccessContext } from '#libs/access';
import type { JsonObjectScan } from '#libs/common';
import type { RouterSettings } from '#libs/config';
import { invalidParameter, readInteger } from '../endpoints/request/request-values.js';

const HEADER = 'x-litellm-num-retries';
const BOUNDS = { min: 0, max: 10 } as const;

/** Returns true when the requests of a caller may say how they are routed: those of proxy administrators and trusted teams. */
export function mayDirectRouting(
  access: AccessContext,
  { trustedTeams }: Pick<RouterSettings, 'trustedTeams'>,
): boolean {
  const { teamId } = access.attribution;
  return isProxyAdmin(access) || (teamId !== null && trustedTeams.includes(teamId));
}

/**
 * Returns the number of retries that a request of a trusted caller asks for: its header's, else its body's; `null` for none.
 * @throws GatehouseError `request_invalid` unless it is an integer from 0 to 10
 */
export function requestedRetriesOf(
  headers: IncomingHttpHeaders,
  scan: JsonObjectScan,
): number | null {
  const header = headers[HEADER];
  if (typeof header !== 'string') return readInteger(scan, 'num_retries', BOUNDS);
  const value = /^\d{1,2}$/.test(header) ? Number(header) : Infinity;
  if (value <= BOUNDS.max) return value;
  throw invalidParameter(HEADER, `"${HEADER}" must be an integer from 0 to ${String(BOUNDS.max)}.`);
}
