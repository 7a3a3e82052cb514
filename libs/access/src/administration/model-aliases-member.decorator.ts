import { applyDecorators } from '@nestjs/common';
import { isIdentityText } from '#libs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, ValidateBy } from 'class-validator';
import { EmptyTextIsNothing } from './empty-text.decorator.js';

const MAX_ALIASES = 100;
const RULE = `must be an object of at most ${String(MAX_ALIASES)} members such as {"fast": "gpt-4o-mini"}: a name, without "*", and the model that is called in its place`;

/** Optional member with names of models that lead to other models. */
export const ModelAliasesMember = (): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({
      type: 'object',
      additionalProperties: { type: 'string' },
      nullable: true,
      description:
        'Names that calls may ask for, each with the model that is called in its place: `{"fast": "gpt-4o-mini"}`. Every list of models, budget and limit sees that model.',
    }),
    IsOptional(),
    EmptyTextIsNothing(),
    ValidateBy({
      name: 'isModelAliases',
      validator: { validate: isAliases, defaultMessage: () => `$property ${RULE}` },
    }),
  );

function isAliases(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length <= MAX_ALIASES &&
    // A name counts as it is written: as a pattern it would lead nowhere.
    entries.every(
      ([name, model]) => isIdentityText(name) && !name.includes('*') && isIdentityText(model),
    )
  );
}
