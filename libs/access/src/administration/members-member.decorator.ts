import { applyDecorators, type Type as ClassOf } from '@nestjs/common';
import { ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { ValidateNested } from 'class-validator';
import { HasNoFault } from './limit-member.decorator.js';

/** Most members in one request. */
export const MAX_MEMBERS = 500;

/**
 * Decorates a member of a request with one member of a team or organisation, or a list of at most 500, which becomes a list.
 * @param of the shape of one
 * @param role one that a member may have, for the message
 */
export function MembersMember(of: ClassOf<object>, role: string): PropertyDecorator {
  const rule = `must be a member, for example {"role": "${role}", "user_id": "alice"}, or a list of 1 to ${String(MAX_MEMBERS)} members`;
  const schema = { $ref: getSchemaPath(of) };
  return applyDecorators(
    ApiProperty({
      oneOf: [schema, { type: 'array', items: schema, maxItems: MAX_MEMBERS }],
      description: 'One member or several.',
    }),
    HasNoFault((value, path) => (areMembers(value) ? null : `${path} ${rule}`)),
    ValidateNested({ each: true, message: `$property ${rule}` }),
    Type(() => of),
    Transform(({ value }: { value: unknown }): unknown => (Array.isArray(value) ? value : [value])),
  );
}

function areMembers(value: unknown): boolean {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_MEMBERS) return false;
  return value.every((one) => typeof one === 'object' && one !== null && !Array.isArray(one));
}
