import { EmptyTextIsNothing, isRouteGroupName } from '#libs/access';
import { applyDecorators } from '@nestjs/common';
import { ValidateBy } from 'class-validator';
import { endOfDuration } from '../entities/key-duration.js';
import { isChosenKeyText, isKeyId, namedKeyId } from '../entities/key-text.js';

const MAX_ROUTES = 100;
const MAX_ROUTE_LENGTH = 255;
const ROUTE_FORM = /^(?:(?:GET|POST|PUT|PATCH|DELETE|OPTIONS) )?\/[\x21-\x7e]*$/;

/** Member that names a key: the clear key or its id. */
export const IsKeyReference = (): PropertyDecorator =>
  member('isKeyReference', isKeyReference, 'must be a key beginning with sk-, or the id of one');

/** Member that holds a list of keys, each clear or by its id. */
export const IsKeyReferenceList = (maxKeys: number): PropertyDecorator =>
  member(
    'isKeyReferenceList',
    (value) => Array.isArray(value) && value.length <= maxKeys && value.every(isKeyReference),
    `must be a list of at most ${maxKeys} keys, each beginning with sk- or the id of one`,
  );

/** Member that holds the id of a key. */
export const IsKeyId = (): PropertyDecorator =>
  member('isKeyId', isKeyId, 'must be 64 lower-case hexadecimal digits');

/** Member that holds a key of the caller's choice. */
export const IsChosenKey = (): PropertyDecorator =>
  member(
    'isChosenKey',
    isChosenKeyText,
    'must be sk- and 16 to 252 visible ASCII characters that cannot be guessed',
  );

/** Member that holds a duration from now. */
export const IsKeyDuration = (): PropertyDecorator =>
  member(
    'isKeyDuration',
    (value) => typeof value === 'string' && endOfDuration(value, new Date()) !== undefined,
    'must be a duration such as 30s, 30m, 30h, 30d, 1w or 1mo, or -1 for never',
  );

/** Member that holds a list of routes, read by `withoutEmptyText`: names of groups, routes, patterns. */
export const IsRouteList = (): PropertyDecorator =>
  applyDecorators(
    EmptyTextIsNothing(),
    member(
      'isRouteList',
      (value) => Array.isArray(value) && value.length <= MAX_ROUTES && value.every(isRouteEntry),
      `must be a list of at most ${MAX_ROUTES} names of route groups, routes or patterns such as /team/*`,
    ),
  );

function isKeyReference(value: unknown): boolean {
  return typeof value === 'string' && namedKeyId(value) !== null;
}

function isRouteEntry(value: unknown): boolean {
  if (typeof value !== 'string' || value.length > MAX_ROUTE_LENGTH) return false;
  return value === '*' || isRouteGroupName(value) || ROUTE_FORM.test(value);
}

function member(
  name: string,
  validate: (value: unknown) => boolean,
  rule: string,
): PropertyDecorator {
  return ValidateBy({ name, validator: { validate, defaultMessage: () => `$property ${rule}` } });
}
