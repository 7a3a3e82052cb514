import { describeWithPostgres, type PostgresServer } from '#support/postgres';
import { createDatabase } from './open-database.js';
import type { Database } from './database.js';

describeWithPostgres('Database.report', (server: () => PostgresServer) => {
  let database: Database & { start(): void };

  beforeAll(async () => {
    database = createDatabase(
      {
        databaseUrl: await server().createDatabase(),
        dataDir: '',
        reports: { statementTimeoutSeconds: 1 },
      },
      { entities: [] },
    );
    database.start();
    await database.whenReady();
  });
  afterAll(async () => {
    await database.close();
  });

  const report = (sql: string): Promise<unknown> =>
    database.report((manager) => manager.query<unknown[]>(sql));

  it('ends a statement at its time limit, and goes on afterwards', async () => {
    await expect(report('SELECT pg_sleep(30)')).rejects.toMatchObject({ code: 'report_timeout' });
    expect(database.isReady()).toBe(true);
    expect(await report('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('counts the time limit of a statement from its own start, not from its place in the queue', async () => {
    const queued = Array.from({ length: 3 }, () => report('SELECT pg_sleep(0.4)'));
    await expect(Promise.all(queued)).resolves.toHaveLength(3);
  });

  it('lets one run at a time, and leaves every other connection free', async () => {
    const slow = Array.from({ length: 6 }, () => report('SELECT pg_sleep(0.2)'));
    const [row] = await database.read((manager) =>
      manager.query<{ running: number }[]>(
        `SELECT count(*)::int AS running FROM pg_stat_activity WHERE application_name = 'gatehouse reports'`,
      ),
    );
    expect(row?.running).toBeLessThanOrEqual(1);
    await Promise.all(slow);
  });

  it('runs without parallel workers and with sums in memory', async () => {
    expect(
      await report(
        `SELECT current_setting('max_parallel_workers_per_gather') AS workers, current_setting('statement_timeout') AS limit`,
      ),
    ).toEqual([{ workers: '0', limit: '1s' }]);
  });
});
