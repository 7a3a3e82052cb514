import { UNLIMITED, type Limits, type ModelAliases } from '#libs/access';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/**
 * One team. Made by an administrator, or by the first admitted token that names it where
 * `team_id_upsert` is on. A blocked team's callers are refused from the next request on. Members
 * with a value here are those that a request may set; the value is that of a new team.
 */
@Entity({ name: 'teams' })
export class TeamEntity {
  @PrimaryColumn('text', { name: 'team_id', primaryKeyConstraintName: 'teams_pkey' })
  teamId!: string;

  /** Display name; several teams may share one. */
  @Column('text', { name: 'team_alias', nullable: true })
  @Index('teams_team_alias_idx')
  alias: string | null = null;

  // By name: the entity is another library's, which this one may not import.
  @Column('text', { name: 'organization_id', nullable: true })
  @Index('teams_organization_id_idx')
  @ForeignKey('OrganizationEntity', { name: 'teams_organization_id_fkey' })
  organizationId: string | null = null;

  /** Models that the team may use; empty is every model. */
  @Column('text', { array: true, default: () => `'{}'` })
  models: string[] = [];

  /** Configured pass-through endpoints that its callers may use. */
  @Column('text', { name: 'allowed_passthrough_routes', array: true, default: () => `'{}'` })
  passThroughRoutes: string[] = [];

  /** Names that its callers may ask for, each with the model that is called in its place. */
  @Column('jsonb', { name: 'model_aliases', default: () => `'{}'` })
  modelAliases: ModelAliases = {};

  @Column('jsonb', { default: () => `'{}'` })
  metadata: object = {};

  /** Its budgets and rate limits. */
  @Column('jsonb', { default: () => `'{}'` })
  limits: Limits = UNLIMITED;

  @Column('boolean', { default: false })
  blocked = false;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' })
  updatedAt!: Date;
}
