import type { Plain } from '#libs/access';
import { ApiProperty } from '@nestjs/swagger';
import type { KeyMappingEntity } from '../entities/key-mapping.entity.js';

/** A mapping in LiteLLM's shape, which never tells the key. */
export class KeyMappingResponse {
  @ApiProperty({ type: String })
  id!: string;

  @ApiProperty({ type: String })
  jwt_claim_name!: string;

  @ApiProperty({ type: String })
  jwt_claim_value!: string;

  @ApiProperty({ type: String, nullable: true, description: '`null`: every issuer.' })
  issuer!: string | null;

  @ApiProperty({ type: String, nullable: true })
  description!: string | null;

  @ApiProperty({ type: Boolean })
  is_active!: boolean;

  @ApiProperty({ type: String, nullable: true })
  created_by!: string | null;

  @ApiProperty({ type: String, nullable: true })
  updated_by!: string | null;

  @ApiProperty({ type: String, format: 'date-time' })
  created_at!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  updated_at!: string;
}

/** Answer of `GET /jwt/key/mapping/list`. */
export class KeyMappingListResponse {
  @ApiProperty({ type: [KeyMappingResponse] })
  mappings!: KeyMappingResponse[];

  @ApiProperty({ type: Number, description: 'Mappings on all pages.' })
  total_count!: number;

  @ApiProperty({ type: Number })
  current_page!: number;

  @ApiProperty({ type: Number })
  total_pages!: number;
}

/** The answer about a mapping. */
export function toKeyMappingResponse(row: KeyMappingEntity): Plain<KeyMappingResponse> {
  return {
    id: row.mappingId,
    jwt_claim_name: row.claimName,
    jwt_claim_value: row.claimValue,
    issuer: row.issuer === '' ? null : row.issuer,
    description: row.description,
    is_active: row.isActive,
    created_by: row.createdBy,
    updated_by: row.updatedBy,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}
