import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The counters by which replicas notice changes that they missed. */
export class CreateChangeVersions1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE change_versions (
        topic text NOT NULL,
        version bigint NOT NULL,
        CONSTRAINT change_versions_pkey PRIMARY KEY (topic)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE change_versions');
  }
}
