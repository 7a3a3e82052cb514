import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Requests that their callers have marked as the same, so that they are charged once. */
export class CreateRequestClaims1700000000042 implements MigrationInterface {
  readonly name = 'CreateRequestClaims1700000000042';

  /**
   * Creates the table.
   * @param queryRunner the migration's connection
   */
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE request_claims (
      key_digest bytea NOT NULL,
      request_digest bytea NOT NULL,
      request_id text NOT NULL,
      in_work_until timestamptz,
      ends_at timestamptz NOT NULL,
      CONSTRAINT request_claims_pkey PRIMARY KEY (key_digest)
    )`);
    await queryRunner.query('CREATE INDEX request_claims_ends_idx ON request_claims (ends_at)');
  }

  /**
   * Drops the table.
   * @param queryRunner the migration's connection
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE request_claims');
  }
}
