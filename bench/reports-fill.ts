import pg from 'pg';

/** Days over which the entries are spread, up to today. */
export const DAYS = 90;
const SHARES = 50;

/** How a ledger was filled. */
export interface Filling {
  readonly entries: number;
  readonly entrySeconds: number;
  /** Seconds of the migration that builds the roll-ups from the entries. */
  readonly rollUpSeconds: number;
  /** Rows by roll-up. */
  readonly rollUps: Readonly<Record<string, number>>;
}

/** A number below `bound`, from the number of the entry, the seed and a salt. */
function draw(salt: number, bound: string): string {
  return `(abs(hashint8extended(i, $1::bigint + ${String(salt)})) % ${bound})`;
}

/**
 * 1,000 users of 50 teams of 5 organisations with one client and two of 12 models each; half of the calls are made with the key
 * of the user. A third of the calls are for one of 20,000 end users, and a fifth have one or two of 40 tags. A tenth
 * wrote to a cache.
 */
const ENTRIES = `
  INSERT INTO spend_entries (started_at, request_id, attempt, process_id, call_type, model_group, model, provider,
    deployment_id, issuer, subject, key_id, user_id, team_id, org_id, end_user_id, client, tags, input_tokens,
    usage_details, cached_input_tokens, output_tokens, cost_usd, reserved_usd, state, usage_source, is_success, settled_at)
  SELECT at, 'bench-' || i, 1, 'bench', 'acompletion', 'group-' || m, 'model-' || m, 'provider-' || m % 4,
    'deployment-' || m, 'https://issuer-' || u % 5 || '.example', 'user-' || u,
    CASE WHEN i % 2 = 0 THEN md5('key-' || u) || md5('bench-' || u) END,
    'user-' || u, 'team-' || u % 50, 'org-' || u % 5,
    CASE WHEN i % 3 = 0 THEN 'customer-' || ${draw(3, '20000')} END,
    (ARRAY['claude-cli', 'openai-python', 'openai-js', 'curl', 'cursor', 'litellm'])[1 + u % 6],
    CASE WHEN i % 5 = 0 THEN jsonb_build_array('tag-' || ${draw(4, '40')}, 'cost-centre-' || u % 20) END,
    tokens, CASE WHEN i % 10 = 0 THEN '{"cacheWrite": 20}'::jsonb END, tokens / 3, tokens / 4, tokens * 0.000001234567, 0.05, 'settled', 'provider', ${draw(6, '50')} > 0, at
  FROM (
    SELECT i, u, (u * 7 + i % 2 * 5) % 12 AS m, 100 + ${draw(5, '4000')} AS tokens,
      date_trunc('second', now()) - ${draw(2, String(DAYS * 86_400))} * interval '1 second' AS at
    FROM (SELECT i, ${draw(1, '1000')} AS u FROM generate_series($2::bigint, $3::bigint) AS s (i)) AS users) AS drawn`;

/** What keys and users have spent, which their lists read. */
const TOTALS = `
  INSERT INTO spend_totals (scope, id, spend_usd, reserved_usd)
  SELECT 'key', key_id, sum(spend_usd), 0 FROM spend_daily WHERE key_id <> '' GROUP BY key_id
  UNION ALL SELECT 'user', user_id, sum(spend_usd), 0 FROM spend_daily WHERE user_id <> '' GROUP BY user_id
  ON CONFLICT DO NOTHING`;

/** The migrations of the roll-ups, in order. */
const MIGRATIONS = [
  '1700000000014-create-spend-daily',
  '1700000000022-sort-spend-daily',
  '1700000000023-extend-spend-daily',
  '1700000000035-add-spend-by-model',
];

/** A migration and what it asks of its connection. */
interface Migration {
  up(runner: Pick<pg.Client, 'query'>): Promise<void>;
  down(runner: Pick<pg.Client, 'query'>): Promise<void>;
}

/** A migration as the build has it: the sources need a compiler. */
async function migrationOf(name: string): Promise<Migration> {
  const exported = (await import(`../dist/libs/database/src/migrations/${name}.js`)) as Readonly<
    Record<string, new () => Migration>
  >;
  const [Class] = Object.values(exported);
  if (Class === undefined) throw new Error(`there is no migration ${name}`);
  return new Class();
}

/**
 * Fills the ledger of a migrated database and builds the roll-ups by their own migration, as in an existing deployment.
 * @param say told how far it is
 */
export async function fillLedger(
  databaseUrl: string,
  { entries, seed }: { readonly entries: number; readonly seed: number },
  say: (text: string) => void,
): Promise<Filling> {
  const migrations = await Promise.all(MIGRATIONS.map(migrationOf));
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const started = performance.now();
    for (const migration of migrations.toReversed()) await migration.down(client);
    const indexes = await dropIndexes(client);
    const share = Math.ceil(entries / SHARES);
    for (let first = 1; first <= entries; first += share) {
      const last = Math.min(entries, first + share - 1);
      await client.query(ENTRIES, [seed, first, last]);
      if (last % (share * 10) === 0) say(`${String(last)} entries`);
    }
    for (const index of indexes) await client.query(index);
    const filled = performance.now();
    await client.query('BEGIN');
    for (const migration of migrations) await migration.up(client);
    await client.query(TOTALS);
    await client.query('COMMIT');
    const built = performance.now();
    await client.query('VACUUM ANALYZE');
    // What was filled is written to the disk now, and not while calls are measured.
    await client.query('CHECKPOINT');
    return {
      entries,
      entrySeconds: (filled - started) / 1000,
      rollUpSeconds: (built - filled) / 1000,
      rollUps: await countRollUps(client),
    };
  } finally {
    await client.end();
  }
}

/** Drops the indexes of the entries, which are built faster at the end; returns the statements that make them. */
async function dropIndexes(client: pg.Client): Promise<string[]> {
  await client.query(`SET maintenance_work_mem = '1GB'; SET work_mem = '256MB'`);
  const { rows } = await client.query<{ name: string; definition: string }>(
    `SELECT indexname AS name, replace(indexdef, ' ON ONLY ', ' ON ') AS definition
     FROM pg_indexes WHERE tablename = 'spend_entries' AND indexname <> 'spend_entries_pkey'`,
  );
  for (const { name } of rows) await client.query(`DROP INDEX ${name}`);
  return rows.map(({ definition }) => definition);
}

const ROLL_UPS = [
  'spend_daily',
  'spend_daily_by_model',
  'spend_daily_end_users',
  'spend_daily_with_end_user',
  'spend_daily_by_end_user',
  'spend_daily_tags',
  'spend_daily_with_tag',
  'spend_daily_by_tag',
];

async function countRollUps(client: pg.Client): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of ROLL_UPS) {
    const { rows } = await client.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM ${table}`,
    );
    counts[table] = rows[0]?.count ?? 0;
  }
  return counts;
}
