import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A rule "a token whose claim has this value runs as that key". Falls with the key, follows it when it is regenerated. */
@Entity({ name: 'jwt_key_mappings' })
@Index('jwt_key_mappings_claim_key', ['claimValue', 'claimName', 'issuer'], { unique: true })
export class KeyMappingEntity {
  @PrimaryColumn('text', { name: 'mapping_id', primaryKeyConstraintName: 'jwt_key_mappings_pkey' })
  mappingId!: string;

  /** Claim path as `virtual_key_claim_field` has it. */
  @Column('text', { name: 'jwt_claim_name' })
  claimName!: string;

  @Column('text', { name: 'jwt_claim_value' })
  claimValue!: string;

  /** `iss` that the token must have; empty takes every issuer. Not null, so that one unique index covers both. */
  @Column('text', { name: 'jwt_issuer', default: '' })
  issuer!: string;

  @Column('text', { name: 'token' })
  @Index('jwt_key_mappings_token_idx')
  @ForeignKey('VirtualKeyEntity', 'keyId', {
    name: 'jwt_key_mappings_token_fkey',
    onDelete: 'CASCADE',
    onUpdate: 'CASCADE',
  })
  keyId!: string;

  @Column('text', { nullable: true })
  description!: string | null;

  @Column('boolean', { name: 'is_active', default: true })
  isActive!: boolean;

  @Column('text', { name: 'created_by', nullable: true })
  createdBy!: string | null;

  @Column('text', { name: 'updated_by', nullable: true })
  updatedBy!: string | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  @Index('jwt_key_mappings_created_at_idx')
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' })
  updatedAt!: Date;
}
