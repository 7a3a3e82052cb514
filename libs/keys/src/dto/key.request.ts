import { EmptyTextIs, IsIdentityList, NotEnforced, OptionalText } from '#libs/access';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { IsChosenKey, IsKeyReference, IsKeyReferenceList } from './key-member.decorator.js';
import { KeyValuesRequest } from './key-values.request.js';

const MAX_KEYS = 500;
const MAX_REFERENCE_LENGTH = 255;

/** Body of `POST /key/generate` and `POST /key/service-account/generate`. */
export class GenerateKeyRequest extends KeyValuesRequest {
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'A key of your own choice; generated when absent.',
  })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsChosenKey()
  key?: string | null;
}

/**
 * Body of `POST /key/update`. An absent member changes nothing, `null` clears, an empty list replaces
 * the stored one.
 */
export class UpdateKeyRequest extends KeyValuesRequest {
  @ApiProperty({ type: String, description: 'The key or its id.' })
  @IsKeyReference()
  key!: string;
}

/** Body of `POST /key/{key}/regenerate`: the new key, and what changes with it. */
@NotEnforced(['grace_period', 'new_master_key'])
export class RegenerateNamedKeyRequest extends KeyValuesRequest {
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'The new key, of your own choice; generated when absent.',
  })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsChosenKey()
  new_key?: string | null;
}

/** Body of `POST /key/regenerate`. */
export class RegenerateKeyRequest extends RegenerateNamedKeyRequest {
  @ApiProperty({ type: String, description: 'The key or its id.' })
  @IsKeyReference()
  key!: string;
}

/** Body of `POST /key/block` and `POST /key/unblock`. */
export class KeyReferenceRequest {
  @ApiProperty({ type: String, description: 'The key or its id.' })
  @IsKeyReference()
  key!: string;
}

/** Query of `GET /key/info`. */
export class KeyInfoRequest {
  @OptionalText(MAX_REFERENCE_LENGTH, {
    description:
      'The key or its id; default is the caller: the key that the call is made with, or its token.',
  })
  @IsKeyReference()
  key?: string;
}

/** Body of `POST /key/delete`: one of the two lists. */
export class DeleteKeysRequest {
  @ApiPropertyOptional({ type: [String], nullable: true, maxItems: MAX_KEYS })
  @IsOptional()
  @IsKeyReferenceList(MAX_KEYS)
  keys?: string[] | null;

  @ApiPropertyOptional({ type: [String], nullable: true, maxItems: MAX_KEYS })
  @IsOptional()
  @IsIdentityList(MAX_KEYS)
  key_aliases?: string[] | null;
}
