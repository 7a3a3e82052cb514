import { applyDecorators, type Type as ClassOf } from '@nestjs/common';
import { ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { ArrayMaxSize, ArrayNotEmpty, IsArray, IsObject, ValidateNested } from 'class-validator';

/** Most members in one request. */
export const MAX_MEMBERS = 500;

/**
 * Decorates a member of a request with one member of a team or organisation, or a list of at most 500, which becomes a list.
 * @param of the shape of one
 */
export function MembersMember(of: ClassOf<object>): PropertyDecorator {
  const schema = { $ref: getSchemaPath(of) };
  return applyDecorators(
    ApiProperty({
      oneOf: [schema, { type: 'array', items: schema, maxItems: MAX_MEMBERS }],
      description: 'One member or several.',
    }),
    IsArray(),
    ArrayNotEmpty(),
    ArrayMaxSize(MAX_MEMBERS),
    IsObject({ each: true }),
    ValidateNested({ each: true }),
    Type(() => of),
    Transform(({ value }: { value: unknown }): unknown => (Array.isArray(value) ? value : [value])),
  );
}
