import { describeOnEachDatabase } from '#support/each-database';
import { openSpend, type SpendHarness } from '#support/spend-harness';
import { SpendLogsService } from './spend-logs.service.js';

/** In the future, so that the sweeper leaves the entries alone. */
const START = Date.parse('2042-01-01T00:00:00Z');

describeOnEachDatabase('SpendLogsService', (freshDatabase) => {
  let harness: SpendHarness;
  let service: SpendLogsService;

  beforeAll(async () => {
    harness = await openSpend({ databaseUrl: await freshDatabase() });
    service = harness.app.get(SpendLogsService);
  });
  afterAll(async () => {
    await harness.close();
  });

  it('looks for a rare amount page by page, and finds it in the end', async () => {
    await harness.database.write(({ manager }) =>
      manager.query(
        `INSERT INTO spend_entries (started_at, request_id, attempt, process_id, call_type, model_group, model, provider,
          deployment_id, cost_usd, reserved_usd, state, usage_source, is_success, settled_at)
        SELECT to_timestamp($1::float8 / 1000) + i * interval '1 second', 'many-' || i, 1, 'one', 'acompletion', 'g', 'm', 'p',
          'd', CASE WHEN i = 1 THEN 7 ELSE 0 END, 0, 'settled', 'provider', true, now()
        FROM generate_series(1, 10001) AS s (i)`,
        [START],
      ),
    );
    const filter = { minSpend: '7', from: new Date(START) };
    const first = await service.list(filter, 1, 5);
    expect(first).toMatchObject({ rows: [], isCapped: true, next: { requestId: 'many-2' } });
    const second = await service.list({ ...filter, behind: first.next ?? undefined }, 1, 5);
    expect(second).toMatchObject({ rows: [{ requestId: 'many-1' }], next: null, total: 1 });
    const all: unknown[] = [];
    for await (const rows of service.all(filter)) all.push(...rows);
    expect(all).toMatchObject([{ requestId: 'many-1' }]);
  });
});
