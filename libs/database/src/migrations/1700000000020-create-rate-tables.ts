import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Creates the tables by which replicas share rate limits. */
export class CreateRateTables1700000000020 implements MigrationInterface {
  readonly name = 'CreateRateTables1700000000020';

  /**
   * Creates them. Nothing in them outlives a minute, apart from the slots of requests that run.
   * @param queryRunner the migration's connection
   */
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE rate_holders (
      holder text NOT NULL CONSTRAINT rate_holders_pkey PRIMARY KEY,
      expires_at timestamptz NOT NULL
    )`);
    await queryRunner.query(`CREATE TABLE rate_grants (
      counter text NOT NULL,
      holder text NOT NULL,
      cell bigint NOT NULL,
      amount bigint NOT NULL,
      CONSTRAINT rate_grants_pkey PRIMARY KEY (counter, holder, cell)
    )`);
    await queryRunner.query(`CREATE TABLE rate_slots (
      counter text NOT NULL,
      holder text NOT NULL,
      slots bigint NOT NULL,
      CONSTRAINT rate_slots_pkey PRIMARY KEY (counter, holder)
    )`);
  }

  /**
   * Drops them.
   * @param queryRunner the migration's connection
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['rate_slots', 'rate_grants', 'rate_holders'])
      await queryRunner.query(`DROP TABLE ${table}`);
  }
}
