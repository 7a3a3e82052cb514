import { jsonObjectOf } from '#libs/common';

/** An id is shorter. */
const MAX_LENGTH = 1_024;
/** `user_<device>_account_<account>_session_<session>`; the account is empty for a client that has not logged in. */
const JOINED = /^(user_[0-9a-f]{16,128})_account_([\w-]{0,64})_session_[\w-]{1,64}$/i;
const DEVICE = /^[0-9a-f]{16,128}$/i;
const ACCOUNT = /^[\w-]{0,64}$/;

/**
 * Returns the person of a name that Claude Code gives to a session, so that all sessions of a person are one end user. Its versions
 * join device, account and session, or write them as JSON (`device_id`, `account_uuid`, `session_id`); both forms give
 * `user_<device>_account_<account>`, or `user_<device>` without an account. Any other value is returned as it is.
 * @param value what a request names as its end user
 */
export function withoutSession(value: unknown): unknown {
  if (typeof value !== 'string' || value.length > MAX_LENGTH) return value;
  const [, user = '', account = ''] = JOINED.exec(value) ?? [];
  if (user !== '') return nameOf(user, account);
  return value.startsWith('{') ? (userInJson(value) ?? value) : value;
}

function userInJson(value: string): string | null {
  const {
    device_id: device,
    account_uuid: account = '',
    session_id: session,
  } = jsonObjectOf(value) ?? {};
  const isSession = typeof session === 'string' && matches(DEVICE, device);
  return isSession && matches(ACCOUNT, account) ? nameOf(`user_${device}`, account) : null;
}

function nameOf(user: string, account: string): string {
  return account === '' ? user : `${user}_account_${account}`;
}

function matches(pattern: RegExp, value: unknown): value is string {
  return typeof value === 'string' && pattern.test(value);
}
