import type { IncomingHttpHeaders } from 'node:http';
import { memoizeByString, type JsonObjectScan } from '#libs/common';
import type { CallOrigin } from '#libs/spend';

/** Tags of one request at most: each makes a row of the roll-up of tags. */
const MAX_TAGS = 32;
const MAX_TAG_LENGTH = 128;
const MAX_CLIENT_LENGTH = 64;
/** Longer headers are not kept in memory between calls, so that clients cannot fill it. */
const MAX_KEPT_LENGTH = 256;

/** The first product of a User-Agent (RFC 9110, section 10.1.5): its name, and its version if it has one. */
const PRODUCT = /^\s*([!#$%&'*+.^_`|~\w-]+)(?:\/([!#$%&'*+.^_`|~\w-]+))?/;
const VERSION = /^v?\d/i;
const NOT_IN_NAMES = /[^a-z0-9._-]/g;

/**
 * Returns the origin of a call: the client program of `user-agent`, and the tags of the header `x-litellm-tags` and of the
 * body members `tags` and `metadata.tags`, as LiteLLM reads them. At most 32 tags count, each of at most 128
 * characters; other values are left out.
 * @param scan the scanned body; `undefined` when the request had none
 * @throws GatehouseError `request_invalid` when a member is not JSON
 */
export function callOriginOf(
  headers: IncomingHttpHeaders,
  scan: JsonObjectScan | undefined,
): CallOrigin {
  return { client: clientOf(headers['user-agent']), tags: tagsOf(headers['x-litellm-tags'], scan) };
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

const NO_TAGS: readonly string[] = [];

function tagsOf(
  header: string | string[] | undefined,
  scan: JsonObjectScan | undefined,
): readonly string[] {
  const hasMembers = scan !== undefined && (scan.has('tags') || scan.has('metadata'));
  if (header === undefined && !hasMembers) return NO_TAGS;
  const metadata = scan?.value('metadata');
  return boundedTags([
    ...String(header ?? '').split(','),
    ...listOf(scan?.value('tags')),
    ...listOf(isObject(metadata) ? metadata['tags'] : undefined),
  ]);
}

function boundedTags(values: readonly unknown[]): readonly string[] {
  const tags = new Set<string>();
  for (const value of values) {
    if (tags.size === MAX_TAGS) break;
    const tag = typeof value === 'string' ? value.trim() : '';
    if (tag !== '' && tag.length <= MAX_TAG_LENGTH) tags.add(tag);
  }
  return [...tags];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
