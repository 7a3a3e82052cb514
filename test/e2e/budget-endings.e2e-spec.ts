import {
  CENT_CALL,
  startBudgetedGateways,
  type BudgetedGateways,
} from '#support/budgeted-gateways';
import type { Client } from '#support/client';
import { eventually } from '#support/eventually';
import type { FakeBehaviour } from '#support/fake-behaviour';
import { describeWithPostgres } from '#support/postgres';
import { soakOr } from '#support/soak';

jest.setTimeout(soakOr(120_000, 1_200_000));

/** On each of two databases: 10,000 in all. */
const CALLS = soakOr(400, 5_000);
const CLIENTS = soakOr(20, 40);
/** Of {@link startBudgetedGateways}. */
const LEASE_MS = 1_000;
/** A cap that no test uses up, in hundredths of a cent, which are tokens. */
const CAP_TOKENS = 10_000_000;

/** A way for a call to end. */
interface Ending {
  readonly behaviour?: FakeBehaviour;
  readonly body?: object;
  /** When the client leaves: at once, or behind the first byte. */
  readonly leaves?: 'at once' | 'when it begins';
  /** Statuses that it may be answered with, whether plain or streamed. */
  readonly statuses: readonly number[];
  /** The gateway refuses it. */
  readonly isRefused?: true;
}

const FAILED = [500, 502, 503];
/** What every call that reaches an upstream may be answered with: the machine may be too busy for a call of a second. */
const TOO_LATE = 504;
const ENDINGS: readonly Ending[] = [
  { behaviour: { status: 400 }, statuses: [400] },
  { behaviour: { status: 429 }, statuses: [429] },
  { behaviour: { status: 500 }, statuses: FAILED },
  { behaviour: { cutBeforeHead: true }, statuses: FAILED },
  { behaviour: { cutAfterBytes: 40 }, statuses: [200, ...FAILED] },
  { behaviour: { hang: 'before-head' }, statuses: FAILED },
  { behaviour: { hang: 'after-head' }, statuses: [200, ...FAILED] },
  { behaviour: { hang: 'after-first-chunk' }, statuses: [200, ...FAILED] },
  { behaviour: { hang: 'before-head' }, leaves: 'at once', statuses: [] },
  { behaviour: { chunks: 50, delayMs: 20 }, leaves: 'when it begins', statuses: [200] },
  { body: { max_tokens: CAP_TOKENS + 1 }, statuses: [422], isRefused: true },
  { body: { model: 'unknown' }, statuses: [400, 401, 403, 404], isRefused: true },
  { body: { messages: 'none' }, statuses: [400, 422], isRefused: true },
  { statuses: [200] },
];

/** How a call ended for its client. */
interface Played {
  /** `null` for a client that did not wait for a response. */
  readonly status: number | null;
  /** The gateway refused the call, because the slots of its key were taken. */
  readonly isWithoutSlot: boolean;
}

const inOrder = (one: number, other: number): number => one - other;

const suites = (freshDatabase: () => Promise<string | undefined>): void => {
  let budgeted: BudgetedGateways;

  beforeAll(async () => {
    const databaseUrl = await freshDatabase();
    budgeted = await startBudgetedGateways({
      gatehouse: '  spend: { client_abort: cancel }\n',
      // Most of the calls fail, which must not take the one deployment away from the rest.
      deployment: '      timeout: 1\n      stream_timeout: 1\n      cooldown_time: 0',
      ...(databaseUrl === undefined ? {} : { databaseUrl, replicas: 2 }),
    });
  });
  afterAll(async () => {
    await budgeted.stop();
  });

  const makeKey = async (): Promise<{ key: string; token: string }> => {
    const limits = { max_budget: CAP_TOKENS / 10_000, max_parallel_requests: CLIENTS };
    const { json } = await budgeted.admin.post<{ key: string; token: string }>(
      '/key/generate',
      limits,
    );
    return json;
  };
  const bodyOf = ({ behaviour, body }: Ending, index: number): object => ({
    ...{ model: 'test-model', messages: [{ role: 'user', content: 'x' }], ...CENT_CALL },
    stream: Math.floor(index / ENDINGS.length) % 2 === 0,
    seed: index,
    ...(behaviour === undefined ? {} : budgeted.upstream.behaviour(behaviour)),
    ...body,
  });
  const seeds = new Set<unknown>();
  let recordsRead = 0;
  /** The calls that reached the upstream, by {@link bodyOf}. Each record is read once. */
  const reached = (): ReadonlySet<unknown> => {
    const { records } = budgeted.upstream;
    for (const { requestBytes } of records.slice(recordsRead))
      seeds.add((JSON.parse(requestBytes.toString()) as { seed?: number }).seed);
    recordsRead = records.length;
    return seeds;
  };
  /** Plays one call to its end. */
  const play = async (client: Client, index: number): Promise<Played> => {
    const ending = ENDINGS[index % ENDINGS.length] ?? { statuses: [] };
    const leaving = new AbortController();
    const body = bodyOf(ending, index);
    const opened = client.open('POST', '/v1/chat/completions', { body, signal: leaving.signal });
    if (ending.leaves === 'at once') {
      const refused = await Promise.race([
        opened,
        eventually(() => {
          expect(reached().has(index)).toBe(true);
        }),
      ]);
      leaving.abort();
      await opened.catch(() => undefined);
      return { status: null, isWithoutSlot: refused?.status === 429 };
    }
    const response = await opened;
    // The body of a refusal says whether the slots were taken.
    if (ending.leaves === 'when it begins' && response.status === 200) leaving.abort();
    const text = await response.text().catch(() => '');
    return { status: response.status, isWithoutSlot: text.includes('"reason":"rate_limited"') };
  };
  const spentTokens = async (token: string): Promise<number> => {
    const rows = await budgeted.rows<{ tokens: number }>(
      'SELECT (spent_usd * 10000)::float AS tokens FROM budget_windows WHERE id = $1',
      [token],
    );
    return rows[0]?.tokens ?? 0;
  };

  it(`${String(CALLS)} calls that fail, break off, take too long, are refused or are left leave nothing held and no slot taken`, async () => {
    const { key, token } = await makeKey();
    const surprises: string[] = [];
    const relayed: number[] = [];
    let next = 0;
    const clients = Array.from({ length: CLIENTS }, async (_, number) => {
      for (let index = next++; index < CALLS; index = next++) {
        const { status, isWithoutSlot } = await play(budgeted.caller(number, key), index);
        // The slot of a call that was left may be free a moment later than its client goes on.
        if (isWithoutSlot) continue;
        const { statuses = [], isRefused } = ENDINGS[index % ENDINGS.length] ?? {};
        if (isRefused === undefined) relayed.push(index);
        const isLate = status === TOO_LATE && isRefused === undefined;
        if (status !== null && !isLate && !statuses.includes(status))
          surprises.push(`${String(index % ENDINGS.length)}: ${String(status)}`);
      }
    });
    await Promise.all(clients);
    expect([...new Set(surprises)]).toEqual([]);
    expect([...reached()].map(Number).sort(inOrder)).toEqual(relayed.sort(inOrder));
    await eventually(() => {
      expect(budgeted.upstream.records.filter(({ state }) => state === 'running')).toEqual([]);
    });
    await eventually(async () => {
      expect(await budgeted.differences()).toEqual([]);
      const leased = await budgeted.rows('SELECT * FROM budget_leases WHERE amount_usd <> 0');
      expect(leased).toEqual([]);
    }, 10_000);
    const open = "SELECT count(*)::int AS open FROM spend_entries WHERE state = 'open'";
    expect(await budgeted.rows(open)).toEqual([{ open: 0 }]);
    await expectAllSlotsFree(key);
    const left = CAP_TOKENS - (await spentTokens(token));
    const whole = budgeted.upstream.behaviour({ completionTokens: left });
    const call = (max_tokens: number) =>
      budgeted.caller(1, key).chat('hello', { max_tokens, ...whole });
    expect((await call(left + 1)).status).toBe(422);
    expect((await call(left)).status).toBe(200);
    expect(await budgeted.differences()).toEqual([]);
    expect(await spentTokens(token)).toBe(CAP_TOKENS);
  });

  const expectAllSlotsFree = async (key: string): Promise<void> => {
    const leaving = new AbortController();
    const body = {
      ...{ model: 'test-model', messages: [], stream: true, max_tokens: 1 },
      ...budgeted.upstream.behaviour({ chunks: 1_000, delayMs: 50, completionTokens: 0 }),
    };
    const all = await Promise.all(
      Array.from({ length: CLIENTS }, (_, index) =>
        budgeted
          .caller(index, key)
          .open('POST', '/v1/chat/completions', { body, signal: leaving.signal }),
      ),
    );
    expect(all.map(({ status }) => status)).toEqual(Array(CLIENTS).fill(200));
    expect((await budgeted.caller(0, key).chat('hello')).status).toBe(429);
    leaving.abort();
    await eventually(async () => {
      expect(await budgeted.differences()).toEqual([]);
      expect(budgeted.upstream.records.filter(({ state }) => state === 'running')).toEqual([]);
      const leased = await budgeted.rows('SELECT * FROM budget_leases WHERE amount_usd <> 0');
      expect(leased).toEqual([]);
    }, 10_000);
  };

  it('a stream keeps its hold over several leases, whichever process is asked meanwhile, and settles once', async () => {
    const { json: key } = await budgeted.admin.post<{ key: string; token: string }>(
      '/key/generate',
      { max_budget: 0.01 },
    );
    const stream = budgeted.caller(0, key.key).chat('a long one', {
      ...CENT_CALL,
      stream: true,
      ...budgeted.upstream.behaviour({ chunks: 25, delayMs: 200, completionTokens: 60 }),
    });
    const lease = `SELECT h.expires_at AS "endsAt", l.amount_usd::float AS amount FROM budget_leases l
      JOIN budget_holders h USING (holder) WHERE l.id = $1 AND l.amount_usd <> 0`;
    const seen: { readonly endsAt: Date; readonly amount: number }[] = [];
    const renewedFor = (): number =>
      Number(seen.at(-1)?.endsAt ?? 0) - Number(seen.at(0)?.endsAt ?? 0);
    const free = { max_tokens: 1 };
    while (renewedFor() < 3 * LEASE_MS) {
      await eventually(async () => {
        const found = await budgeted.rows<(typeof seen)[number]>(lease, [key.token]);
        expect(found).toHaveLength(1);
        expect(Number(found[0]?.endsAt)).toBeGreaterThan(Number(seen.at(-1)?.endsAt ?? 0));
        seen.push(...found);
      });
      // The other process, where there is one.
      expect((await budgeted.caller(1, key.key).chat('hello', free)).status).toBe(422);
    }
    expect([...new Set(seen.map(({ amount }) => amount))]).toEqual([0.01]);
    expect(budgeted.upstream.records.at(-1)?.state).toBe('running');
    expect((await stream).text).toMatch(/data: \[DONE\]\n\n$/);
    await eventually(async () => {
      expect(await budgeted.differences()).toEqual([]);
      expect(
        await budgeted.rows(
          'SELECT state, cost_usd::float AS cost FROM spend_entries WHERE key_id = $1',
          [key.token],
        ),
      ).toEqual([{ state: 'settled', cost: 0.006 }]);
    });
    const rest = { max_tokens: 40, ...budgeted.upstream.behaviour({ completionTokens: 40 }) };
    expect((await budgeted.caller(1, key.key).chat('hello', rest)).status).toBe(200);
    expect((await budgeted.caller(0, key.key).chat('hello', free)).status).toBe(422);
  });
};

describe('The ends of calls with budgets, in one process', () => {
  suites(() => Promise.resolve(undefined));
});

describeWithPostgres('The ends of calls with budgets, in two replicas', (server) => {
  suites(() => server().createDatabase());
});
