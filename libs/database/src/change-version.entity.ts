import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * How often rows of one topic have changed. Written by every unit of work that reports a change, in
 * its own transaction; read by replicas to notice changes whose notification they missed.
 */
@Entity({ name: 'change_versions' })
export class ChangeVersion {
  /** The topic, see `ChangeTopic`. */
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'change_versions_pkey' })
  topic!: string;

  /** Starts at 1, grows by 1 with every transaction; `int8`, read as text. */
  @Column({ type: 'bigint' })
  version!: string;
}
