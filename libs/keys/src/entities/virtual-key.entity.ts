import { UNLIMITED, type Limits, type ModelAliases } from '#libs/access';
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/**
 * One virtual key. The row stores the SHA-256 of the key, which is its id everywhere; the key itself
 * is shown once, to the caller that made it, and not stored. libs/admin deletes a key with its
 * user, team or organisation, never a cascade of the database, because every deletion of a key is
 * audited and announced.
 */
@Entity({ name: 'virtual_keys' })
@Check('virtual_keys_token_check', `token ~ '^[0-9a-f]{64}$'`)
@Index('virtual_keys_key_alias_key', ['alias'], { unique: true })
@Index('virtual_keys_predecessors_idx', ['predecessors'], { type: 'gin' })
export class VirtualKeyEntity {
  /** SHA-256 of the key, 64 lower-case hexadecimal digits. */
  @PrimaryColumn('text', { name: 'token', primaryKeyConstraintName: 'virtual_keys_pkey' })
  keyId!: string;

  /** `sk-...` and the last four characters of the key, for people. */
  @Column('text', { name: 'key_name' })
  name!: string;

  /** Name that an administrator gave it; no two keys share one. */
  @Column('text', { name: 'key_alias', nullable: true })
  alias!: string | null;

  // By name: the entities are other libraries', which this one may not import.
  @Column('text', { name: 'user_id', nullable: true })
  @Index('virtual_keys_user_id_idx')
  @ForeignKey('UserEntity', { name: 'virtual_keys_user_id_fkey' })
  userId!: string | null;

  @Column('text', { name: 'team_id', nullable: true })
  @Index('virtual_keys_team_id_idx')
  @ForeignKey('TeamEntity', { name: 'virtual_keys_team_id_fkey' })
  teamId!: string | null;

  @Column('text', { name: 'organization_id', nullable: true })
  @Index('virtual_keys_organization_id_idx')
  @ForeignKey('OrganizationEntity', { name: 'virtual_keys_organization_id_fkey' })
  organizationId!: string | null;

  /** Models that the key may use; empty is every model that its owner may use. */
  @Column('text', { array: true, default: () => `'{}'` })
  models!: string[];

  /** Groups, routes and patterns that the key may call; empty is what its owner may call. */
  @Column('text', { name: 'allowed_routes', array: true, default: () => `'{}'` })
  allowedRoutes!: string[];

  /** Whether an administrator of the gateway set {@link allowedRoutes}: only such a list opens prefixes of providers. */
  @Column('boolean', { name: 'opens_prefixes', default: false })
  opensPrefixes = false;

  /** Configured endpoints that the key may call; empty is those of its team. */
  @Column('text', { name: 'allowed_passthrough_routes', array: true, default: () => `'{}'` })
  passThroughRoutes: string[] = [];

  /** Names that calls may ask for, each with the model that is called in its place. */
  @Column('jsonb', { name: 'model_aliases', default: () => `'{}'` })
  modelAliases: ModelAliases = {};

  @Column('jsonb', { default: () => `'{}'` })
  metadata!: object;

  /** Its budgets and rate limits. */
  @Column('jsonb', { default: () => `'{}'` })
  limits: Limits = UNLIMITED;

  @Column('boolean', { default: false })
  blocked!: boolean;

  /** From this instant on the key is refused; `null` never. */
  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  /** Ids that the key had before it was regenerated, a thousand at most: what was spent under them is its spend too. */
  @Column('text', { array: true, default: () => `'{}'` })
  predecessors!: string[];

  /** The id that it had before it was first regenerated, under which its budgets are kept; `null` before that. */
  @Column('text', { name: 'first_key_id', nullable: true })
  @Index('virtual_keys_first_key_id_idx')
  firstKeyId!: string | null;

  /** User id of the caller that made it; `null` where the caller had none. */
  @Column('text', { name: 'created_by', nullable: true })
  createdBy!: string | null;

  @Column('text', { name: 'updated_by', nullable: true })
  updatedBy!: string | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  @Index('virtual_keys_created_at_idx')
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' })
  updatedAt!: Date;
}
