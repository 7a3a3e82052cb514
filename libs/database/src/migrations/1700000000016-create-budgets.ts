import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Limits with a name, which rows refer to. */
export class CreateBudgets1700000000016 implements MigrationInterface {
  readonly name = 'CreateBudgets1700000000016';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE budgets (
        budget_id text NOT NULL,
        limits jsonb NOT NULL DEFAULT '{}',
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        created_by text NOT NULL,
        updated_by text NOT NULL,
        CONSTRAINT budgets_pkey PRIMARY KEY (budget_id)
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE budgets');
  }
}
