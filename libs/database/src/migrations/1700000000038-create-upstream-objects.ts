import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Objects that upstreams keep for callers: responses, files, batches. */
export class CreateUpstreamObjects1700000000038 implements MigrationInterface {
  readonly name = 'CreateUpstreamObjects1700000000038';

  /**
   * Creates the table.
   * @param queryRunner the migration's connection
   */
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE upstream_objects (
      kind text NOT NULL,
      upstream_id text NOT NULL,
      deployment_id text NOT NULL,
      model_group text NOT NULL,
      organization_id text,
      team_id text,
      user_id text,
      key_id text,
      issuer text,
      subject text,
      created_at timestamptz NOT NULL DEFAULT now(),
      ends_at timestamptz,
      deleted_at timestamptz,
      pending jsonb,
      poll_at timestamptz,
      CONSTRAINT upstream_objects_pkey PRIMARY KEY (kind, upstream_id, deployment_id)
    )`);
    await queryRunner.query(
      'CREATE INDEX upstream_objects_ends_idx ON upstream_objects (ends_at) WHERE ends_at IS NOT NULL',
    );
    await queryRunner.query(
      'CREATE INDEX upstream_objects_poll_idx ON upstream_objects (poll_at) WHERE poll_at IS NOT NULL',
    );
  }

  /**
   * Drops the table.
   * @param queryRunner the migration's connection
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE upstream_objects');
  }
}
