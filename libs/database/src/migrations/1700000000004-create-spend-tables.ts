import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The spend ledger: entries partitioned by month, totals, and the two reporting views.
 *
 * Ids carry no foreign keys: a deleted team keeps its history. Monthly partitions are made by the
 * running process; the default partition takes the entries outside of them, so that no entry is
 * refused because its partition is missing.
 */
export class CreateSpendTables1700000000004 implements MigrationInterface {
  readonly name = 'CreateSpendTables1700000000004';

  async up(runner: QueryRunner): Promise<void> {
    await createEntries(runner);
    await createTotals(runner);
    await createViews(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP VIEW gatehouse_spend_totals');
    await runner.query('DROP VIEW gatehouse_spend_entries');
    await runner.query('DROP TABLE spend_totals');
    await runner.query('DROP TABLE spend_entries');
  }
}

async function createEntries(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE TABLE spend_entries (
      started_at timestamptz(3) NOT NULL,
      request_id text NOT NULL,
      attempt integer NOT NULL,
      process_id text NOT NULL,
      client_request_id text,
      decision_id text,
      call_type text NOT NULL,
      model_group text NOT NULL,
      model text NOT NULL,
      provider text NOT NULL,
      deployment_id text NOT NULL,
      issuer text,
      subject text,
      key_id text,
      user_id text,
      team_id text,
      org_id text,
      end_user_id text,
      input_tokens bigint NOT NULL DEFAULT 0,
      cached_input_tokens bigint NOT NULL DEFAULT 0,
      output_tokens bigint NOT NULL DEFAULT 0,
      cost_usd numeric(38,12) NOT NULL DEFAULT 0,
      reserved_usd numeric(38,12) NOT NULL DEFAULT 0,
      state text NOT NULL,
      usage_source text NOT NULL DEFAULT 'none',
      is_priced boolean NOT NULL DEFAULT true,
      is_success boolean,
      is_swept boolean NOT NULL DEFAULT false,
      upstream_status integer,
      settled_at timestamptz(3),
      CONSTRAINT spend_entries_pkey PRIMARY KEY (started_at, request_id, attempt),
      CONSTRAINT spend_entries_state_check CHECK (state IN ('reserved', 'settled', 'estimated')),
      CONSTRAINT spend_entries_usage_source_check CHECK (usage_source IN ('provider', 'estimate', 'none')),
      CONSTRAINT spend_entries_amounts_check CHECK (cost_usd >= 0 AND reserved_usd >= 0)
    ) PARTITION BY RANGE (started_at)`);
  await runner.query('CREATE TABLE spend_entries_default PARTITION OF spend_entries DEFAULT');
  await runner.query('CREATE INDEX spend_entries_request_idx ON spend_entries (request_id)');
  for (const column of ['user_id', 'team_id', 'key_id', 'org_id', 'end_user_id']) {
    const name = `spend_entries_${column.replace('_id', '')}_idx`;
    await runner.query(
      `CREATE INDEX ${name} ON spend_entries (${column}, started_at) WHERE ${column} IS NOT NULL`,
    );
  }
  await runner.query(
    `CREATE INDEX spend_entries_open_idx ON spend_entries (process_id, started_at) WHERE state = 'reserved'`,
  );
}

async function createTotals(runner: QueryRunner): Promise<void> {
  // Every flush updates the same few rows: room on the page keeps those updates off the index.
  await runner.query(`
    CREATE TABLE spend_totals (
      scope text NOT NULL,
      id text NOT NULL,
      spend_usd numeric(38,12) NOT NULL DEFAULT 0,
      reserved_usd numeric(38,12) NOT NULL DEFAULT 0,
      CONSTRAINT spend_totals_pkey PRIMARY KEY (scope, id),
      CONSTRAINT spend_totals_scope_check
        CHECK (scope IN ('key', 'user', 'team', 'team_member', 'org', 'end_user'))
    ) WITH (fillfactor = 60)`);
}

/**
 * The attempts of one request share their attribution, which is therefore grouped by: a filter on
 * it reaches the indexes below the view. Model and provider are those of the last attempt.
 */
async function createViews(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE VIEW gatehouse_spend_entries AS
    SELECT request_id, client_request_id, decision_id, call_type, model_group,
      (array_agg(model ORDER BY attempt DESC))[1] AS model,
      (array_agg(provider ORDER BY attempt DESC))[1] AS provider,
      issuer, subject, key_id, user_id, team_id, org_id, end_user_id,
      sum(input_tokens)::bigint AS input_tokens,
      sum(cached_input_tokens)::bigint AS cached_input_tokens,
      sum(output_tokens)::bigint AS output_tokens,
      sum(cost_usd)::numeric(38,12) AS cost_usd,
      CASE WHEN bool_or(state = 'reserved') THEN 'reserved'
           WHEN bool_or(state = 'estimated') THEN 'estimated'
           ELSE 'settled' END AS state,
      CASE WHEN bool_or(usage_source = 'estimate') THEN 'estimate'
           WHEN bool_or(usage_source = 'provider') THEN 'provider'
           ELSE 'none' END AS usage_source,
      min(started_at) AS started_at,
      CASE WHEN bool_or(state = 'reserved') THEN NULL ELSE max(settled_at) END AS settled_at
    FROM spend_entries
    GROUP BY request_id, client_request_id, decision_id, call_type, model_group,
      issuer, subject, key_id, user_id, team_id, org_id, end_user_id`);
  await runner.query(`
    CREATE VIEW gatehouse_spend_totals AS
    SELECT scope, id, spend_usd, reserved_usd FROM spend_totals`);
}
