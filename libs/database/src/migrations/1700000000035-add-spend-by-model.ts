import type { MigrationInterface, QueryRunner } from 'typeorm';

const DIMENSIONS = ['model_group', 'model', 'provider', 'call_type'];
const SUMS = [
  'input_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
  'output_tokens',
  'requests',
  'successful_requests',
];

/**
 * A roll-up by model alone: sums of whole days, and of models and providers, read a row for each model of a day in place of one for
 * each of its users and keys.
 */
export class AddSpendByModel1700000000035 implements MigrationInterface {
  readonly name = 'AddSpendByModel1700000000035';

  /**
   * Makes the table, filled from the roll-up of all attempts.
   * @param queryRunner the migration's connection
   */
  async up(queryRunner: QueryRunner): Promise<void> {
    // A process of the earlier version would book entries behind the sums.
    await queryRunner.query('LOCK TABLE spend_entries IN SHARE MODE');
    const columns = DIMENSIONS.map((name) => `${name} text COLLATE "C" NOT NULL`);
    const counts = SUMS.map((name) => `${name} bigint NOT NULL DEFAULT 0`);
    await queryRunner.query(`CREATE TABLE spend_daily_by_model (
        day date NOT NULL,
        combination bytea NOT NULL,
        ${columns.join(', ')},
        spend_usd numeric(38,12) NOT NULL DEFAULT 0,
        ${counts.join(', ')},
        CONSTRAINT spend_daily_by_model_pkey PRIMARY KEY (day, combination)
      ) WITH (fillfactor = 80)`);
    const names = DIMENSIONS.join(', ');
    const sums = ['spend_usd', ...SUMS];
    await queryRunner.query(`INSERT INTO spend_daily_by_model (day, combination, ${names}, ${sums.join(', ')})
      SELECT day, sha256(convert_to(json_build_array(${names})::text, 'UTF8')), ${names}, ${sums.join(', ')}
      FROM (SELECT day, ${names}, ${sums.map((name) => `sum(${name}) AS ${name}`).join(', ')}
        FROM spend_daily GROUP BY day, ${names}) AS grouped ORDER BY day`);
  }

  /**
   * Drops the table.
   * @param queryRunner the migration's connection
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE spend_daily_by_model');
  }
}
