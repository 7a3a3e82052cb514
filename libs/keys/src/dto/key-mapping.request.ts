import {
  EmptyTextIs,
  IsIdentity,
  IsText,
  OptionalCount,
  OptionalIdentity,
  PageNumber,
} from '#libs/access';
import { GatehouseError } from '#libs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional } from 'class-validator';
import type { KeyMappingValues } from '../entities/key-record.js';
import { namedKeyId } from '../entities/key-text.js';
import { IsKeyId, IsKeyReference } from './key-member.decorator.js';

const MAX_DESCRIPTION_LENGTH = 1_000;
const DEFAULT_SIZE = 50;
const MAX_SIZE = 100;

/** How a request names the key of a mapping: by `key` or by `token`. */
class MappedKeyRequest {
  @ApiPropertyOptional({ type: String, nullable: true, description: 'The key.' })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsKeyReference()
  key?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'Id of the key.' })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsKeyId()
  token?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true })
  @IsOptional()
  @EmptyTextIs('null')
  @IsText(MAX_DESCRIPTION_LENGTH)
  description?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: '`iss` that tokens must have; absent: every issuer.',
  })
  @IsOptional()
  @IsIdentity()
  issuer?: string | null;

  @ApiPropertyOptional({
    type: Boolean,
    nullable: true,
    description: 'False: the mapping is kept and not used.',
  })
  @IsOptional()
  @IsBoolean()
  is_active?: boolean | null;
}

/** Body of `POST /jwt/key/mapping/new`. Exactly one of `key` and `token` is needed. */
export class CreateKeyMappingRequest extends MappedKeyRequest {
  @ApiProperty({ type: String, description: 'Claim path, as `virtual_key_claim_field` has it.' })
  @IsIdentity()
  jwt_claim_name!: string;

  @ApiProperty({ type: String, description: 'Value of the claim.' })
  @IsIdentity()
  jwt_claim_value!: string;
}

/**
 * Body of `POST /jwt/key/mapping/update`. An absent member changes nothing; `null` clears
 * description and issuer.
 */
export class UpdateKeyMappingRequest extends MappedKeyRequest {
  @ApiProperty({ type: String })
  @IsIdentity()
  id!: string;

  @OptionalIdentity()
  jwt_claim_name?: string | null;

  @OptionalIdentity()
  jwt_claim_value?: string | null;
}

/** Query of `GET /jwt/key/mapping/info`, body of `POST /jwt/key/mapping/delete`. */
export class KeyMappingIdRequest {
  @ApiProperty({ type: String })
  @IsIdentity()
  id!: string;
}

/** Query of `GET /jwt/key/mapping/list`. */
export class ListKeyMappingsRequest {
  @PageNumber()
  page?: number;

  @OptionalCount(MAX_SIZE, { default: DEFAULT_SIZE })
  size?: number;
}

/** The page that a request asks for. */
export function mappingPageOf(request: ListKeyMappingsRequest): { page: number; size: number } {
  return { page: request.page ?? 1, size: request.size ?? DEFAULT_SIZE };
}

/**
 * Returns the values of a new mapping.
 * @throws GatehouseError `request_invalid` unless it names exactly one key
 */
export function newKeyMappingOf(request: CreateKeyMappingRequest): KeyMappingValues {
  const keyId = keyIdIn(request);
  if (keyId === null) throw oneKey();
  return {
    claimName: request.jwt_claim_name,
    claimValue: request.jwt_claim_value,
    issuer: request.issuer ?? null,
    keyId,
    description: request.description ?? null,
    isActive: request.is_active ?? true,
  };
}

/**
 * Returns the values of a mapping that a request changes.
 * @throws GatehouseError `request_invalid` when it names two keys
 */
export function keyMappingChangesOf(request: UpdateKeyMappingRequest): Partial<KeyMappingValues> {
  const { jwt_claim_name: claimName, jwt_claim_value: claimValue, is_active: isActive } = request;
  const { description, issuer } = request;
  const keyId = keyIdIn(request);
  return {
    ...(typeof claimName === 'string' && { claimName }),
    ...(typeof claimValue === 'string' && { claimValue }),
    ...(issuer !== undefined && { issuer }),
    ...(keyId !== null && { keyId }),
    ...(description !== undefined && { description }),
    ...(typeof isActive === 'boolean' && { isActive }),
  };
}

function keyIdIn({ key, token }: MappedKeyRequest): string | null {
  if (typeof key === 'string' && typeof token === 'string') throw oneKey();
  return typeof key === 'string' ? namedKeyId(key) : (token ?? null);
}

function oneKey(): GatehouseError {
  return new GatehouseError('request_invalid', {
    message: 'Name exactly one key, by key or by token.',
    param: 'key',
  });
}
