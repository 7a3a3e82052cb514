import type { IncomingHttpHeaders } from 'node:http';
import { isStorableText } from '#libs/access';
import { jsonObjectOf, memberOf } from '#libs/common';

const MAX_LENGTH = 128;
/** Shorter values of such headers do not name a session. */
const MIN_HEADER_LENGTH = 8;
const HEADERS = ['x-litellm-trace-id', 'x-litellm-session-id'] as const;
const MEMBERS = ['litellm_session_id', 'litellm_trace_id'] as const;
/** Names of headers of clients: `x-claude-code-session-id`; those of Codex have no vendor. */
const CLIENT_HEADER = /^(?:x-[a-z0-9-]+-)?session[-_]id$/;
/** What Claude Code joins: `user_<device>_account_<account>_session_<session>`. */
const JOINED = /^user_[\w-]{1,512}_session_([\w-]{1,128})$/;

/** The members of a request's body. */
export interface StatedMembers {
  /** The parsed value of one member, `undefined` when it is absent. */
  value(name: string): unknown;
}

/**
 * Returns the session that a request says it is part of; `undefined` for none. The first of these that is text of at most 128
 * characters: the headers `x-litellm-trace-id` and `x-litellm-session-id`; the members `litellm_session_id`, `litellm_trace_id`, and
 * `session_id` and `trace_id` of `metadata` and `litellm_metadata`; a header `x-<client>-session-id`, `session-id` or `session_id` of at
 * least 8 characters; the session in the `metadata.user_id` of Claude Code; `client_metadata.session_id` of Codex. It is recorded, and
 * nothing is decided by it.
 */
export function sessionIdOf(headers: IncomingHttpHeaders, body: StatedMembers): string | undefined {
  for (const value of valuesIn(headers, body)) if (isId(value)) return value;
  return undefined;
}

function* valuesIn(headers: IncomingHttpHeaders, body: StatedMembers): Generator {
  for (const name of HEADERS) yield headers[name];
  for (const name of MEMBERS) yield body.value(name);
  // Read once: the members of a large body are parsed each time.
  const metadata = body.value('metadata');
  yield* statedIn(metadata);
  yield* statedIn(body.value('litellm_metadata'));
  for (const [name, value] of Object.entries(headers))
    if (CLIENT_HEADER.test(name) && isLong(value)) yield value;
  yield sessionInUser(memberOf(metadata, 'user_id'));
  yield memberOf(body.value('client_metadata'), 'session_id');
}

function* statedIn(metadata: unknown): Generator {
  yield memberOf(metadata, 'session_id');
  yield memberOf(metadata, 'trace_id');
}

function isLong(value: unknown): boolean {
  return typeof value === 'string' && value.length >= MIN_HEADER_LENGTH;
}

function sessionInUser(user: unknown): unknown {
  if (typeof user !== 'string') return undefined;
  return user.startsWith('{') ? jsonObjectOf(user)?.['session_id'] : JOINED.exec(user)?.[1];
}

function isId(value: unknown): value is string {
  return isStorableText(value, MAX_LENGTH) && value.trim() !== '';
}
