import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Creates `decisions`: traces of refused verified callers and of a sample of the admitted ones. */
export class CreateDecisions1700000000005 implements MigrationInterface {
  readonly name = 'CreateDecisions1700000000005';

  /**
   * Creates the table and the index that retention deletes by.
   * @param queryRunner the migration's connection
   */
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE "decisions" (
        "decision_id" text NOT NULL,
        "decided_at" timestamptz NOT NULL,
        "allowed" boolean NOT NULL,
        "status" integer NOT NULL,
        "reason" text,
        "record" jsonb NOT NULL,
        CONSTRAINT "decisions_pkey" PRIMARY KEY ("decision_id")
      )
    `);
    await queryRunner.query(
      `CREATE INDEX "decisions_decided_at_idx" ON "decisions" ("decided_at")`,
    );
  }

  /**
   * Drops the table.
   * @param queryRunner the migration's connection
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE "decisions"`);
  }
}
