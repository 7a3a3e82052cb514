import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The alerts about budgets, each once, with where they are still to be sent. */
export class CreateBudgetAlerts1700000000021 implements MigrationInterface {
  readonly name = 'CreateBudgetAlerts1700000000021';

  /**
   * Creates the table, and the index by which recent spend is found.
   * @param queryRunner the migration's connection
   */
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE budget_alerts (
      scope text NOT NULL,
      id text NOT NULL,
      window_start timestamptz(3) NOT NULL,
      window_end timestamptz(3) NOT NULL,
      kind text NOT NULL,
      threshold integer NOT NULL,
      budget_usd numeric(38,12) NOT NULL,
      alert_id text NOT NULL,
      spent_usd numeric(38,12) NOT NULL,
      pending text[] NOT NULL,
      attempts integer NOT NULL DEFAULT 0,
      next_attempt_at timestamptz(3) NOT NULL,
      created_at timestamptz(3) NOT NULL,
      sent_at timestamptz(3),
      CONSTRAINT budget_alerts_pkey PRIMARY KEY (scope, id, window_start, window_end, kind, threshold, budget_usd)
    )`);
    await queryRunner.query(
      'CREATE INDEX budget_alerts_unsent_idx ON budget_alerts (next_attempt_at) WHERE sent_at IS NULL',
    );
    await queryRunner.query('CREATE INDEX spend_quarters_quarter_idx ON spend_quarters (quarter)');
  }

  /**
   * Drops the index and the table.
   * @param queryRunner the migration's connection
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX spend_quarters_quarter_idx');
    await queryRunner.query('DROP TABLE budget_alerts');
  }
}
