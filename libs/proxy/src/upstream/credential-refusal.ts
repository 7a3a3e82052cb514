import { isContentRefusal } from './content-refusal.js';

/**
 * Returns true when an upstream's response refuses the credential of the gateway (RFC 9110, 15.5.2 and 15.5.4). The
 * client sent another credential, which was accepted, and must not take this refusal for one of its own. A 403
 * that refuses the content of the request is the client's.
 * @param status the upstream's status
 * @param body decoded bytes of the response
 */
export function isCredentialRefusal(status: number, body: Buffer): boolean {
  return status === 401 || (status === 403 && !isContentRefusal(body));
}
