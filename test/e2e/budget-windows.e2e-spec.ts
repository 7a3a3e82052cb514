import { Clock } from '#libs/common';
import {
  CENT_CALL,
  startBudgetedGateways,
  type BudgetedGateways,
} from '#support/budgeted-gateways';
import { eventually } from '#support/eventually';
import { temporaryDirectory } from '#support/gateway-process';
import { describeWithPostgres } from '#support/postgres';

jest.setTimeout(120_000);

const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;
/** Midnight of today in UTC: entries have a partition of their day. */
const MIDNIGHT = Math.floor(Date.now() / (24 * HOUR_MS)) * 24 * HOUR_MS;

/** Windows whose spend is not the sum of the entries that were admitted in them. */
const WRONG_SUMS = `
  SELECT w.scope, w.id, w.window_start, w.spent_usd, sum(e.cost_usd) AS entries
  FROM budget_windows w LEFT JOIN spend_entries e
    ON e.key_id = w.id AND e.admitted_at >= w.window_start AND e.admitted_at < w.window_end
  WHERE w.scope = 'key' GROUP BY 1, 2, 3, 4, w.window_end
  HAVING w.spent_usd <> coalesce(sum(e.cost_usd), 0)`;

/** Entries that were held in a window in which they were not admitted. */
const WRONG_HOLDS = `
  SELECT e.request_id, e.admitted_at, h.* FROM spend_entries e,
    jsonb_to_recordset(e.holds) AS h (scope text, id text, start bigint, "end" bigint)
  WHERE NOT (e.admitted_at >= coalesce(to_timestamp(h.start / 1000.0), '-infinity')
    AND e.admitted_at < coalesce(to_timestamp(h."end" / 1000.0), 'infinity'))`;

const SPENT = `SELECT round(spent_usd * 100)::int AS cents FROM budget_windows
  WHERE id = $1 AND spent_usd > 0 ORDER BY window_start`;

interface Key {
  readonly key: string;
  readonly token: string;
}

const makeKey = async ({ admin }: BudgetedGateways, cents: number, budget_duration: string) => {
  const limits = { max_budget: cents / 100, budget_duration };
  const { json } = await admin.post<Key>('/key/generate', limits);
  return json;
};
const expectExactSums = async (budgeted: BudgetedGateways): Promise<void> => {
  expect(await budgeted.differences()).toEqual([]);
  expect(await budgeted.rows(WRONG_SUMS)).toEqual([]);
  expect(await budgeted.rows(WRONG_HOLDS)).toEqual([]);
};
const spentCents = async (budgeted: BudgetedGateways, { token }: Key): Promise<number[]> =>
  (await budgeted.rows<{ cents: number }>(SPENT, [token])).map(({ cents }) => cents);
/** Calls until one is refused; returns how many were served. */
const callsUntilRefused = async (budgeted: BudgetedGateways, { key }: Key): Promise<number> => {
  for (let served = 0; ; served += 1) {
    const { status, json } = await budgeted.caller(0, key).chat('hello', CENT_CALL);
    if (status === 200) continue;
    expect([status, json.error.reason]).toEqual([422, 'budget_exceeded']);
    return served;
  }
};

const edges = (replicas: number, freshDatabase: () => Promise<string | undefined>): void => {
  let budgeted: BudgetedGateways;

  beforeAll(async () => {
    const databaseUrl = await freshDatabase();
    budgeted = await startBudgetedGateways(
      databaseUrl === undefined ? {} : { databaseUrl, replicas },
    );
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  afterAll(async () => {
    await budgeted.stop();
  });

  it('serves in each window what it bears while calls come without a pause, and never more', async () => {
    const key = await makeKey(budgeted, 5, '2s');
    const ending = new AbortController();
    const load = Array.from({ length: 8 }, async (_, index) => {
      while (!ending.signal.aborted) {
        const { status } = await budgeted.caller(index, key.key).chat('hello', CENT_CALL);
        expect([200, 422]).toContain(status);
      }
    });
    await eventually(async () => {
      expect(await spentCents(budgeted, key)).toEqual([5, 5, 5, 5]);
    }, 30_000);
    ending.abort();
    await Promise.all(load);
    await expectExactSums(budgeted);
    expect(Math.max(...(await spentCents(budgeted, key)))).toBe(5);
  });

  it('books each call in the window in which it is held, wherever the edge falls between', async () => {
    const key = await makeKey(budgeted, 1_000, '1s');
    let nowMs = Date.now();
    // Every look at the clock is a third of a window behind the one before.
    for (const { gateway } of budgeted.gateways)
      jest.spyOn(gateway.app.get(Clock), 'nowMs').mockImplementation(() => (nowMs += 333));
    for (let call = 0; call < 20; call += 1)
      expect((await budgeted.caller(call, key.key).chat('hello', CENT_CALL)).status).toBe(200);
    jest.restoreAllMocks();
    await expectExactSums(budgeted);
    const cents = await spentCents(budgeted, key);
    expect(cents.reduce((sum, one) => sum + one, 0)).toBe(20);
  });
};

describe('Windows of budgets under load, in one process', () => {
  edges(1, () => Promise.resolve(undefined));
});

describeWithPostgres('Windows of budgets under load, in two replicas', (server) => {
  edges(2, () => server().createDatabase());
});

/** @param freshPlace a database, or a directory with an embedded one */
const changes = (
  freshPlace: () => Promise<{ readonly databaseUrl: string } | { readonly dataDir: string }>,
): void => {
  let place: Awaited<ReturnType<typeof freshPlace>>;
  let budgeted: BudgetedGateways;

  const start = async (timezone: string): Promise<void> => {
    budgeted = await startBudgetedGateways({ ...place, library: `  timezone: ${timezone}` });
  };
  const setTime = (ms: number): void => {
    const clock = budgeted.gateways[0]?.gateway.app.get(Clock);
    if (clock !== undefined) jest.spyOn(clock, 'nowMs').mockReturnValue(ms);
  };
  const serve = async ({ key }: Key, calls: number): Promise<void> => {
    for (let call = 0; call < calls; call += 1)
      expect((await budgeted.caller(0, key).chat('hello', CENT_CALL)).status).toBe(200);
  };

  beforeAll(async () => {
    place = await freshPlace();
    await start('UTC');
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  afterAll(async () => {
    await budgeted.stop();
  });

  it('counts in a window exactly what was admitted in it when the clock is set forwards and back', async () => {
    setTime(MIDNIGHT + HOUR_MS / 2);
    const key = await makeKey(budgeted, 3, '1h');
    const served: number[] = [];
    for (const hours of [0, 1, 0, 1, 5, 4, 5]) {
      setTime(MIDNIGHT + HOUR_MS / 2 + hours * HOUR_MS);
      served.push(await callsUntilRefused(budgeted, key));
    }
    expect(served).toEqual([3, 3, 0, 0, 3, 3, 0]);
    await expectExactSums(budgeted);
    expect(await spentCents(budgeted, key)).toEqual([3, 3, 3, 3]);
  });

  it('counts by the calls of a window also where its duration was changed within it', async () => {
    const key = await makeKey(budgeted, 4, '2h');
    const setDuration = async (budget_duration: string | null): Promise<void> => {
      const changed = await budgeted.admin.post('/key/update', { key: key.key, budget_duration });
      expect(changed.status).toBe(200);
    };
    setTime(MIDNIGHT + 2 * HOUR_MS);
    await serve(key, 2);
    setTime(MIDNIGHT + 3 * HOUR_MS);
    await setDuration('1d');
    expect(await callsUntilRefused(budgeted, key)).toBe(2);
    // The windows of an hour begin with the change: they do not count the day before.
    setTime(MIDNIGHT + 4 * HOUR_MS);
    await setDuration('1h');
    expect(await callsUntilRefused(budgeted, key)).toBe(4);
    await setDuration('1d');
    expect(await callsUntilRefused(budgeted, key)).toBe(0);
    await setDuration(null);
    expect(await callsUntilRefused(budgeted, key)).toBe(0);
    await budgeted.admin.post('/key/update', { key: key.key, max_budget: 0.09 });
    expect(await callsUntilRefused(budgeted, key)).toBe(1);
    await expectExactSums(budgeted);
  });

  it('counts by the days of another time zone from the start with it on', async () => {
    setTime(MIDNIGHT + 2 * HOUR_MS);
    const key = await makeKey(budgeted, 3, '1d');
    await serve(key, 1);
    setTime(MIDNIGHT + 13 * HOUR_MS);
    await serve(key, 1);
    await budgeted.stop();
    // There it is the next day since ten o'clock in UTC, and the call of two o'clock was on the day before.
    await start('Pacific/Kiritimati');
    setTime(MIDNIGHT + 14 * HOUR_MS);
    expect(await callsUntilRefused(budgeted, key)).toBe(2);
    setTime(MIDNIGHT + 3 * HOUR_MS);
    expect(await callsUntilRefused(budgeted, key)).toBe(2);
    await expectExactSums(budgeted);
    await budgeted.stop();
    await start('UTC');
    setTime(MIDNIGHT + 15 * HOUR_MS);
    expect(await callsUntilRefused(budgeted, key)).toBe(0);
    await budgeted.admin.post('/key/update', { key: key.key, max_budget: 0.07 });
    expect(await callsUntilRefused(budgeted, key)).toBe(1);
    await expectExactSums(budgeted);
  });
};

describe('Windows of budgets that are changed, in an embedded database', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  changes(async () => {
    directory = await temporaryDirectory();
    return { dataDir: directory.path };
  });
  afterAll(() => {
    directory.remove();
  });
});

describeWithPostgres('Windows of budgets that are changed, in PostgreSQL', (server) => {
  changes(async () => ({ databaseUrl: await server().createDatabase() }));
});
