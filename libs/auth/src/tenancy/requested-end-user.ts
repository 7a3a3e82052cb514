import { GatehouseError, isIdentityText, memberOf } from '#libs/common';
import type { BodyMembers, CallHeaders } from '../call/access-decision.js';
import { withoutSession } from './session-user.js';

/** Headers in which a request may name its end user without a setting, in the order in which they are consulted. */
const END_USER_HEADERS = ['x-litellm-customer-id', 'x-litellm-end-user-id'] as const;

/** A place of a request that may name its end user, and what stands there. */
interface Mention {
  /** As a refusal names it. */
  readonly param: string;
  readonly value: unknown;
}

/**
 * Returns the end user that a request names. The first of these counts that names one: the body's `user`, LiteLLM's
 * headers, the configured headers, the body's `litellm_metadata.user`, `metadata.user_id` and `safety_identifier`. A session
 * of Claude Code names its person. Used only where the token names none. `null`, absent and empty name no end user; a header with two values is refused.
 * @param body members of the body, `null` without one
 * @param headers headers of the request
 * @param configured names of further headers, in lower case
 * @throws GatehouseError `request_invalid` with the member at fault
 */
export function requestedEndUser(
  body: BodyMembers | null,
  headers: CallHeaders,
  configured: readonly string[],
): string | null {
  for (const { param, value } of mentionsIn(body, headers, configured)) {
    if (isAbsent(value)) continue;
    if (isIdentityText(value)) return value;
    throw new GatehouseError('request_invalid', {
      param,
      message:
        'The end user must be a string of at most 255 bytes without NUL, and not blanks alone.',
    });
  }
  return null;
}

/**
 * Returns everything of a request that {@link requestedEndUser} may read, in its order, up to the first string that
 * names an end user.
 */
export function endUserMentions(
  body: BodyMembers | null,
  headers: CallHeaders,
  configured: readonly string[],
): readonly unknown[] {
  const mentions: unknown[] = [];
  for (const { value } of mentionsIn(body, headers, configured)) {
    mentions.push(value);
    if (!isAbsent(value)) break;
  }
  return mentions;
}

function* mentionsIn(...request: Parameters<typeof placesIn>): Generator<Mention> {
  for (const { param, value } of placesIn(...request))
    yield { param, value: withoutSession(value) };
}

function* placesIn(
  body: BodyMembers | null,
  headers: CallHeaders,
  configured: readonly string[],
): Generator<Mention> {
  yield { param: 'user', value: body?.value('user') };
  for (const name of END_USER_HEADERS) yield { param: 'user', value: onlyValue(headers[name]) };
  for (const name of configured) yield { param: 'user', value: onlyValue(headers[name]) };
  yield {
    param: 'litellm_metadata.user',
    value: memberOf(body?.value('litellm_metadata'), 'user'),
  };
  yield { param: 'metadata.user_id', value: memberOf(body?.value('metadata'), 'user_id') };
  yield { param: 'safety_identifier', value: body?.value('safety_identifier') };
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

function onlyValue(value: CallHeaders[string]): unknown {
  return Array.isArray(value) && value.length === 1 ? value[0] : value;
}
