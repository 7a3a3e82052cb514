import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lets replicas agree on the ledger of rate limits: PostgreSQL or Redis. */
export class AddRateAgreement1700000000028 implements MigrationInterface {
  readonly name = 'AddRateAgreement1700000000028';

  /**
   * Creates the one row that names the ledger, and what each process says of itself. A process without Redis says nothing.
   * @param queryRunner the migration's connection
   */
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE rate_agreement (
      only_row boolean NOT NULL DEFAULT true CONSTRAINT rate_agreement_pkey PRIMARY KEY
        CONSTRAINT rate_agreement_one_row CHECK (only_row),
      epoch bigint NOT NULL,
      generation text,
      space text,
      since timestamptz NOT NULL
    )`);
    await queryRunner.query(
      'INSERT INTO rate_agreement (epoch, since) VALUES (1, clock_timestamp())',
    );
    await queryRunner.query(
      'ALTER TABLE rate_holders ADD COLUMN epoch bigint, ADD COLUMN generation text',
    );
  }

  /**
   * Drops them.
   * @param queryRunner the migration's connection
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE rate_holders DROP COLUMN epoch, DROP COLUMN generation');
    await queryRunner.query('DROP TABLE rate_agreement');
  }
}
