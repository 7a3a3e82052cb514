import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Creates `revocations`: tokens that are refused although they verify. */
export class CreateRevocations1700000000007 implements MigrationInterface {
  readonly name = 'CreateRevocations1700000000007';

  /**
   * Creates the table, the index that lists it and the one that expired rows are deleted by.
   * @param queryRunner the migration's connection
   */
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE revocations (
        revocation_id text NOT NULL,
        kind text NOT NULL,
        issuer text,
        value text,
        issued_before timestamptz,
        expires_at timestamptz,
        source text NOT NULL,
        note text,
        created_at timestamptz NOT NULL,
        created_by text,
        CONSTRAINT revocations_pkey PRIMARY KEY (revocation_id)
      )`);
    await queryRunner.query('CREATE INDEX revocations_expires_at_idx ON revocations (expires_at)');
    await queryRunner.query('CREATE INDEX revocations_created_at_idx ON revocations (created_at)');
  }

  /**
   * Drops the table.
   * @param queryRunner the migration's connection
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE revocations');
  }
}
