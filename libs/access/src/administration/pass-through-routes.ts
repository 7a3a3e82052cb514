import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, ValidateBy } from 'class-validator';
import { EmptyTextIsNothing } from './empty-text.decorator.js';

const MAX_ROUTES = 100;
const MAX_LENGTH = 256;
const PATH = /^(?:\/[A-Za-z0-9._~-]+)+$/;
const RULE = `must be a list of at most ${String(MAX_ROUTES)} paths such as /bria, without a pattern`;

/** Optional member with the configured endpoints that a team or a key may call. */
export const PassThroughRoutesMember = (): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({
      type: [String],
      nullable: true,
      maxItems: MAX_ROUTES,
      description:
        'Paths of `pass_through_endpoints` that may be called, each with everything below it. Administrators of the gateway set it.',
    }),
    IsOptional(),
    EmptyTextIsNothing(),
    ValidateBy({
      name: 'isPassThroughRouteList',
      validator: { validate: isRouteList, defaultMessage: () => `$property ${RULE}` },
    }),
  );

function isRouteList(value: unknown): boolean {
  return Array.isArray(value) && value.length <= MAX_ROUTES && value.every(isRoute);
}

function isRoute(value: unknown): boolean {
  return typeof value === 'string' && value.length <= MAX_LENGTH && PATH.test(value);
}
