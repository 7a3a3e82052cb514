/** Tags of one request that its client may state, and of one row: each makes a row of the roll-up of tags. */
export const MAX_TAGS = 32;
/** Longest name of a tag, in UTF-16 units. */
export const MAX_TAG_LENGTH = 128;
const TAGS_HEADER = 'x-litellm-tags';
const NO_TAGS: readonly string[] = [];

/** Where the tags of a request come from. */
interface TagSources {
  /** Tags that the key and the team of the caller set. All of them count. */
  readonly own: readonly string[];
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Members of the body; `null` for a request without one. */
  readonly body: { value(name: string): unknown } | null;
}

/** Tells whether a value may name a tag: well-formed text of at most 128 characters without NUL and without blanks around it. */
export function isTagName(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    value.length <= MAX_TAG_LENGTH &&
    value.trim() === value &&
    !value.includes('\0') &&
    value.isWellFormed()
  );
}

/**
 * Returns the tags of a request, each once: those of the caller's key and team, then those that the client states in the header
 * `x-litellm-tags` and in the body members `tags`, `metadata.tags` and `litellm_metadata.tags`, as LiteLLM reads them. At most 32 of the
 * client's count; values that name no tag are left out. The only source of tags: they are recorded and limited by this list.
 * @throws GatehouseError `request_invalid` when a member is not JSON
 */
export function requestTagsOf({ own, headers, body }: TagSources): readonly string[] {
  const stated = statedTagsOf(headers, body);
  if (stated.length === 0) return own;
  return own.length === 0 ? stated : [...new Set([...own, ...stated])];
}

/** Returns the tags that the metadata of a key or a team sets. */
export function tagsOfMetadata(metadata: unknown): readonly string[] {
  return boundedTags(tagsIn(metadata));
}

/**
 * Returns where a request states a tag besides those of its key and team: the name of the header or the path of the member; `null`
 * for nowhere.
 * @throws GatehouseError `request_invalid` when a member is not JSON
 */
export function placeOfStatedTags({ own, headers, body }: TagSources): string | null {
  const stated = statedPlaces(headers, body).find(([, values]) =>
    boundedTags(values).some((tag) => !own.includes(tag)),
  );
  return stated?.[0] ?? null;
}

function statedTagsOf(headers: TagSources['headers'], body: TagSources['body']): readonly string[] {
  return boundedTags(statedPlaces(headers, body).flatMap(([, values]) => values));
}

function statedPlaces(
  headers: TagSources['headers'],
  body: TagSources['body'],
): readonly (readonly [place: string, values: readonly unknown[]])[] {
  const header = headers[TAGS_HEADER];
  return [
    [TAGS_HEADER, header === undefined ? NO_TAGS : String(header).split(',')],
    ['tags', listOf(body?.value('tags'))],
    ['metadata.tags', tagsIn(body?.value('metadata'))],
    ['litellm_metadata.tags', tagsIn(body?.value('litellm_metadata'))],
  ];
}

function tagsIn(metadata: unknown): readonly unknown[] {
  return typeof metadata === 'object' && metadata !== null
    ? listOf((metadata as { readonly tags?: unknown }).tags)
    : NO_TAGS;
}

function boundedTags(values: readonly unknown[]): readonly string[] {
  if (values.length === 0) return NO_TAGS;
  const tags = new Set<string>();
  for (const value of values) {
    if (tags.size === MAX_TAGS) break;
    const tag = typeof value === 'string' ? value.trim() : '';
    if (isTagName(tag)) tags.add(tag);
  }
  return [...tags];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : NO_TAGS;
}
