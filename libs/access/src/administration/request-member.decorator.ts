import { applyDecorators } from '@nestjs/common';
import { isIdentityText } from '#libs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, registerDecorator, ValidateBy } from 'class-validator';
import { EmptyTextIs, EmptyTextIsNothing, withoutEmptyText } from './empty-text.decorator.js';
import { isStorableMetadata, isStorableText } from './storable.js';

const MAX_MODELS = 1_000;
const MAX_ALIAS_LENGTH = 255;
const MAX_EMAIL_LENGTH = 320;

/** Member of a request that holds the id of a user, team, organisation or end user. */
export const IsIdentity = (): PropertyDecorator =>
  member(
    'isIdentity',
    isIdentityText,
    'must be a string of 1 to 255 bytes without NUL, and not blanks alone',
  );

/**
 * Member that holds a list of ids, none twice.
 * @param minIds 1 refuses the empty list
 */
export const IsIdentityList = (maxIds: number, minIds: 0 | 1 = 0): PropertyDecorator =>
  member(
    'isIdentityList',
    (value) =>
      isListOf(value, isIdentityText, maxIds) &&
      value.length >= minIds &&
      new Set(value).size === value.length,
    `must be a list of ${minIds === 0 ? 'at most' : `${String(minIds)} to`} ${maxIds} different ids`,
  );

/**
 * Member that holds text, not empty.
 * @param maxLength longest text accepted, in UTF-16 units
 */
export const IsText = (maxLength: number): PropertyDecorator =>
  member(
    'isText',
    (value) => isStorableText(value, maxLength) && value !== '',
    `must be a string of 1 to ${maxLength} characters without NUL`,
  );

/** Member that holds a display name. */
export const IsAlias = (): PropertyDecorator => IsText(MAX_ALIAS_LENGTH);

/**
 * Member that holds an email address: two parts around one `@`; whether mail arrives is not asked.
 */
export const IsEmailAddress = (): PropertyDecorator =>
  member(
    'isEmailAddress',
    (value) => isStorableText(value, MAX_EMAIL_LENGTH) && /^[^\s@]+@[^\s@]+$/.test(value),
    'must be an email address',
  );

/** What the OpenAPI document says of a member, besides that it is a string. */
interface ShownMember {
  readonly description?: string;
  readonly nullable?: boolean;
  readonly example?: string | null;
}

/**
 * Optional member that holds the id of a user, team, organisation or end user. An empty string is none.
 */
export const OptionalIdentity = (shown: ShownMember = {}): PropertyDecorator =>
  optionalText(IsIdentity(), shown);

/**
 * Optional member that holds text. An empty string is none.
 * @param maxLength longest text accepted, in UTF-16 units
 */
export const OptionalText = (maxLength: number, shown: ShownMember = {}): PropertyDecorator =>
  optionalText(IsText(maxLength), shown);

/**
 * Optional member that holds an email address. An empty string is none.
 */
export const OptionalEmailAddress = (shown: ShownMember = {}): PropertyDecorator =>
  optionalText(IsEmailAddress(), shown);

/**
 * Member that holds a list of model names, read by {@link withoutEmptyText}; LiteLLM's special
 * names are names like any other.
 */
export const IsModelList = (): PropertyDecorator =>
  applyDecorators(
    EmptyTextIsNothing(),
    member(
      'isModelList',
      (value) => isListOf(value, isIdentityText, MAX_MODELS),
      `must be a list of at most ${MAX_MODELS} model names`,
    ),
  );

/** Member that holds free metadata, read by {@link withoutEmptyText}. */
export const IsMetadata = (): PropertyDecorator =>
  applyDecorators(
    EmptyTextIsNothing(),
    member(
      'isMetadata',
      isStorableMetadata,
      'must be an object of at most 64 KiB and 32 levels, without NUL in names and strings',
    ),
  );

/**
 * Names members that LiteLLM knows and this version does not enforce. A value that would limit
 * something is refused, naming the member, because a limit that is accepted and ignored is worse
 * than none; values that ask for nothing (`null`, `false`, empty text, lists and objects) pass,
 * because LiteLLM's clients send them for everything that their user left alone.
 */
export function NotEnforced(names: readonly string[]): ClassDecorator {
  return (target) => {
    for (const propertyName of names) {
      registerDecorator({
        name: 'notEnforced',
        target,
        propertyName,
        validator: {
          validate: asksForNothing,
          defaultMessage: () => `${propertyName} is not enforced by this version; leave it out`,
        },
      });
    }
  };
}

function asksForNothing(value: unknown): boolean {
  const asked = withoutEmptyText(value);
  if (asked === undefined || asked === null || asked === false) return true;
  return typeof asked === 'object' && Object.keys(asked).length === 0;
}

function isListOf(
  value: unknown,
  isItem: (item: unknown) => item is string,
  max: number,
): value is string[] {
  return Array.isArray(value) && value.length <= max && value.every(isItem);
}

function optionalText(rule: PropertyDecorator, shown: ShownMember): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ type: String, ...shown }),
    IsOptional(),
    EmptyTextIs('absent'),
    rule,
  );
}

function member(
  name: string,
  validate: (value: unknown) => boolean,
  rule: string,
): PropertyDecorator {
  return ValidateBy({ name, validator: { validate, defaultMessage: () => `$property ${rule}` } });
}
