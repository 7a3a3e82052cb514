import { GatehouseError, isIdentityText } from '#libs/common';
import type { BodyMembers, CallHeaders } from '../call/access-decision.js';

/** Headers that may name the end user, in the order in which they are consulted (LiteLLM's names). */
const END_USER_HEADERS = ['x-litellm-customer-id', 'x-litellm-end-user-id'] as const;

/**
 * Returns the end user that a request names: the body member `user`, else a header. Used only where the
 * token names none. `null`, absent and empty name no end user; a header with two values is refused.
 * @param body members of the body, `null` without one
 * @param headers headers of the request
 * @throws GatehouseError `request_invalid` with `param` `user`
 */
export function requestedEndUser(body: BodyMembers | null, headers: CallHeaders): string | null {
  const named = [
    body?.value('user'),
    ...END_USER_HEADERS.map((name) => onlyValue(headers[name])),
  ].find((value) => value !== undefined && value !== null && value !== '');
  if (named === undefined || named === null) return null;
  if (isIdentityText(named)) return named;
  throw new GatehouseError('request_invalid', {
    param: 'user',
    message: 'The end user must be text of at most 255 bytes without NUL, and not blanks alone.',
  });
}

function onlyValue(value: CallHeaders[string]): unknown {
  return Array.isArray(value) && value.length === 1 ? value[0] : value;
}
