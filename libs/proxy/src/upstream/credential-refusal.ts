import { isAccountRefusal } from './account-refusal.js';
import { isContentRefusal } from './content-refusal.js';

/**
 * Statuses that concern the gateway with any body: its credential (RFC 9110, 15.5.2), its account (402, 15.5.3)
 * and the proxy on its way to the upstream (407, 15.5.8).
 */
const GATEWAY_STATUSES: ReadonlySet<number> = new Set([401, 402, 407]);

/**
 * Returns true when an upstream's response refuses the credential or the account of the gateway. The client sent another
 * credential, which was accepted, and must not take this refusal for one of its own. A 403 that refuses the content
 * of the request is the client's. So is every other client error, unless its body has a documented form of such a
 * refusal. 429 is passed on: another deployment, or a later attempt, may succeed.
 * @param status the upstream's status
 * @param body decoded bytes of the response
 */
export function isCredentialRefusal(status: number, body: Buffer): boolean {
  if (GATEWAY_STATUSES.has(status)) return true;
  if (status === 403) return !isContentRefusal(body);
  return status >= 400 && status < 500 && status !== 429 && isAccountRefusal(body);
}
