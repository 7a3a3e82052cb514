import type { IncomingHttpHeaders } from 'node:http';
import { memoizeByString } from '#libs/common';
import type { CallOrigin } from '#libs/spend';
import { sessionIdOf, type StatedMembers } from './session-id.js';

const MAX_CLIENT_LENGTH = 64;
/** Longer headers are not kept in memory between calls, so that clients cannot fill it. */
const MAX_KEPT_LENGTH = 256;

/** The first product of a User-Agent (RFC 9110, section 10.1.5): its name, and its version if it has one. */
const PRODUCT = /^\s*([!#$%&'*+.^_`|~\w-]+)(?:\/([!#$%&'*+.^_`|~\w-]+))?/;
const VERSION = /^v?\d/i;
const NOT_IN_NAMES = /[^a-z0-9._-]/g;

/** Returns the origin of a call: its tags, the client program of `user-agent`, and its session. */
export function callOriginOf(
  headers: IncomingHttpHeaders,
  tags: readonly string[],
  body: StatedMembers,
): CallOrigin {
  const sessionId = sessionIdOf(headers, body);
  const client = clientOf(headers['user-agent']);
  return sessionId === undefined ? { client, tags } : { client, tags, sessionId };
}

/** Both clients of a vendor's SDK are one: `AsyncOpenAI/Python 1.99.0` and `OpenAI/Python 1.99.0`. */
function nameOfClient(userAgent: string): string | null {
  const [, product, version] = PRODUCT.exec(userAgent) ?? [];
  if (product === undefined) return null;
  const isVersion = version === undefined || VERSION.test(version);
  const name = (isVersion ? product : `${product}-${version}`)
    .toLowerCase()
    .replace(/^async(?=openai|azureopenai|anthropic)/, '')
    .replace(NOT_IN_NAMES, '')
    .slice(0, MAX_CLIENT_LENGTH);
  return name === '' ? null : name;
}

const keptName = memoizeByString((userAgent) => ({ name: nameOfClient(userAgent) }));

function clientOf(userAgent: string | undefined): string | null {
  if (userAgent === undefined) return null;
  return userAgent.length > MAX_KEPT_LENGTH ? nameOfClient(userAgent) : keptName(userAgent).name;
}
