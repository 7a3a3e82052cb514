import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayNotEmpty, IsArray, Matches } from 'class-validator';

const MAX_KEYS = 1_000;

/** Body of `POST /cache/delete`. */
export class CacheDeleteRequest {
  @ApiProperty({
    type: [String],
    minItems: 1,
    maxItems: MAX_KEYS,
    description: 'Keys, as in `x-litellm-cache-key`.',
    example: ['0'.repeat(64)],
  })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(MAX_KEYS)
  @Matches(/^[0-9a-f]{64}$/, {
    each: true,
    message: 'keys must be a list of keys as in x-litellm-cache-key',
  })
  keys!: string[];
}
