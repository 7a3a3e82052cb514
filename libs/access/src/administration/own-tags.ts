import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, ValidateBy } from 'class-validator';
import type { MetadataChange } from '../limits/limits-change.js';
import { isTagName, MAX_TAG_LENGTH, MAX_TAGS, tagsOfMetadata } from '../request/request-tags.js';
import { EmptyTextIsNothing, withoutEmptyText } from './empty-text.decorator.js';

const TAGS_RULE = `must be a list of at most ${String(MAX_TAGS)} strings of 1 to ${String(MAX_TAG_LENGTH)} characters without NUL and without blanks around them`;

/** A request that may state the tags of every call of a row; LiteLLM holds them in `metadata`. */
interface TaggedRequest {
  readonly tags?: readonly string[] | null;
}

/** Optional member that holds the tags of every call of a row. */
export const OwnTagsMember = (): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({
      type: [String],
      nullable: true,
      maxItems: MAX_TAGS,
      description: 'Tags of every call. The same as `metadata.tags`, and wins over it.',
    }),
    IsOptional(),
    EmptyTextIsNothing(),
    ValidateBy({
      name: 'isTagList',
      validator: { validate: isTagList, defaultMessage: () => `$property ${TAGS_RULE}` },
    }),
  );

/** Returns what is wrong with the tags in the metadata of a row; `null` for nothing. */
export function ownTagsFault(metadata: unknown, path: string): string | null {
  const tags = withoutEmptyText((metadata as { readonly tags?: unknown }).tags) ?? null;
  return tags === null || isTagList(tags) ? null : `${path}.tags ${TAGS_RULE}`;
}

/**
 * Returns what becomes of the metadata of a row, whose member `tags` a request may name beside it.
 * @param named the metadata that the request names; a member that is absent for none
 */
export function taggedMetadataOf(
  { tags }: TaggedRequest,
  named: { readonly metadata?: object },
): { readonly metadata?: object | MetadataChange } {
  if (tags === undefined) return named;
  return { metadata: (current) => withTags(named.metadata ?? current, tags) };
}

/** Returns the tags that calls have by the metadata of a row; `null` where it names none. */
export function ownTagsOf(metadata: object): string[] | null {
  const isNamed = Array.isArray((metadata as { readonly tags?: unknown }).tags);
  return isNamed ? [...tagsOfMetadata(metadata)] : null;
}

function withTags(metadata: object, tags: readonly string[] | null): object {
  const others = Object.entries(metadata).filter(([name]) => name !== 'tags');
  const own = tags === null ? [] : [['tags', [...new Set(tags)]] as const];
  return Object.fromEntries([...others, ...own]);
}

function isTagList(value: unknown): boolean {
  return Array.isArray(value) && value.length <= MAX_TAGS && value.every(isTagName);
}
