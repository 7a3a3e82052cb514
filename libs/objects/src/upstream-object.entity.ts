import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * What an upstream keeps, in the words of OpenAI's API, and items of responses that it does not keep: a client may send back those
 * that it has got, to any deployment.
 */
export type ObjectKind =
  | 'audio'
  | 'batch'
  | 'container'
  | 'conversation'
  | 'file'
  | 'fine_tuning_job'
  | 'item'
  | 'response'
  | 'skill'
  | 'unkept_item'
  | 'vector_store'
  | 'voice';

const KEY = { primaryKeyConstraintName: 'upstream_objects_pkey' } as const;

/**
 * An object that an upstream keeps for a caller. Ids are unique within a deployment: two upstreams may give out the same one.
 * A deleted object keeps its row until its end, so that its id is never another caller's. Written by
 * {@link UpstreamObjectsService} alone.
 */
@Entity({ name: 'upstream_objects' })
@Index('upstream_objects_ends_idx', ['endsAt'], { where: 'ends_at IS NOT NULL' })
@Index('upstream_objects_own_idx', ['kind', 'userId', 'createdAt'])
@Index('upstream_objects_poll_idx', ['pollAt'], { where: 'poll_at IS NOT NULL' })
export class UpstreamObjectEntity {
  @PrimaryColumn('text', KEY)
  kind!: ObjectKind;

  /** As the upstream has given it. */
  @PrimaryColumn('text', { ...KEY, name: 'upstream_id' })
  upstreamId!: string;

  /** Deployment that has made it. */
  @PrimaryColumn('text', { ...KEY, name: 'deployment_id' })
  deploymentId!: string;

  /** The name by which its caller asked for the deployment. */
  @Column('text', { name: 'model_group' })
  modelGroup!: string;

  @Column('text', { name: 'organization_id', nullable: true })
  organizationId!: string | null;

  @Column('text', { name: 'team_id', nullable: true })
  teamId!: string | null;

  @Column('text', { name: 'user_id', nullable: true })
  userId!: string | null;

  /** The id that the key had at first. */
  @Column('text', { name: 'key_id', nullable: true })
  keyId!: string | null;

  @Column('text', { nullable: true })
  issuer!: string | null;

  @Column('text', { nullable: true })
  subject!: string | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  /** When the upstream removes it; `null` where that is not known. */
  @Column('timestamptz', { name: 'ends_at', nullable: true })
  endsAt!: Date | null;

  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt!: Date | null;

  /** What is needed to book its cost once it is known; `null` where nothing is to be booked. */
  @Column('jsonb', { nullable: true })
  pending!: object | null;

  /** When the upstream is asked next whether it has finished; `null` for never. */
  @Column('timestamptz', { name: 'poll_at', nullable: true })
  pollAt!: Date | null;
}
