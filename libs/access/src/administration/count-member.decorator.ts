import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';

const MAX_PAGE = 1_000_000;

/** What the OpenAPI document says of a count. */
interface ShownCount {
  readonly description?: string;
  readonly default?: number;
}

/**
 * Optional member of a query or a body that holds an integer, 1 at the least.
 * @param most the largest that is accepted
 */
export const OptionalCount = (most: number, shown: ShownCount = {}): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ type: Number, minimum: 1, maximum: most, ...shown }),
    IsOptional(),
    Type(() => Number),
    IsInt(),
    Min(1),
    Max(most),
  );

/**
 * Optional member that holds the number of a page, counted from 1.
 * @param most the last page that may be asked for
 */
export const PageNumber = (most = MAX_PAGE): PropertyDecorator =>
  OptionalCount(most, { default: 1 });
