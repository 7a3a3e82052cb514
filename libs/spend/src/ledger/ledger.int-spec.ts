import { describeOnEachDatabase } from '#support/each-database';
import {
  anIntent,
  anOutcome,
  emptyLedger,
  openSpend,
  type SpendHarness,
} from '#support/spend-harness';
import type { CallIntent, CallOutcome } from '../costs/call-records.js';
import type { JournalRecord } from '../journal/journal-record.js';
import { Ledger } from './ledger.js';

describeOnEachDatabase('Ledger', (freshDatabase) => {
  let harness: SpendHarness;
  let ledger: Ledger;

  beforeAll(async () => {
    harness = await openSpend({ databaseUrl: await freshDatabase() });
    ledger = harness.app.get(Ledger);
  });
  afterAll(async () => {
    await harness.close();
  });
  beforeEach(async () => {
    await emptyLedger(harness);
  });

  const opened = (intent: CallIntent): JournalRecord => ({ kind: 'intent', intent });
  const ended = (ref: CallIntent, outcome: CallOutcome = anOutcome()): JournalRecord => ({
    kind: 'settlement',
    ref: { requestId: ref.requestId, attempt: ref.attempt, startedAt: ref.startedAt },
    outcome,
  });
  const released = (ref: CallIntent): JournalRecord => ({ kind: 'release', ref });
  const commit = (...records: JournalRecord[]): Promise<void> =>
    ledger.commit(records, 'process-1');
  const entries = (): Promise<Record<string, unknown>[]> =>
    harness.rows('SELECT * FROM spend_entries ORDER BY request_id, attempt');
  const totalOf = async (scope: string, id: string): Promise<unknown[]> => {
    const [row] = await harness.rows(
      'SELECT spend_usd, reserved_usd FROM gatehouse_spend_totals WHERE scope = $1 AND id = $2',
      [scope, id],
    );
    return [row?.['spend_usd'], row?.['reserved_usd']];
  };
  const differences = async (): Promise<unknown> => (await harness.reconciler.run()).differences;

  it('holds the reserved amount while a call is open and nothing of it afterwards', async () => {
    const intent = anIntent();
    await commit(opened(intent));
    expect(await totalOf('user', 'alice')).toEqual(['0.000000000000', '0.010000000000']);
    await commit(ended(intent));
    expect(await totalOf('user', 'alice')).toEqual(['0.000012500000', '0.000000000000']);
    expect(await entries()).toMatchObject([
      { state: 'settled', cost_usd: '0.000012500000', usage_source: 'provider', is_swept: false },
    ]);
    expect(await differences()).toEqual([]);
  });

  it('books a call that began and ended in one batch to every scope of its attribution', async () => {
    const intent = anIntent();
    await commit(opened(intent), ended(intent));
    for (const [scope, id] of [
      ['user', 'alice'],
      ['team', 'research'],
      ['team_member', 'research:alice'],
      ['org', 'acme'],
      ['org_member', 'acme:alice'],
      ['end_user', 'customer-1'],
    ] as const) {
      expect(await totalOf(scope, id)).toEqual(['0.000012500000', '0.000000000000']);
    }
    expect(await harness.rows('SELECT count(*)::int AS n FROM spend_totals')).toEqual([{ n: 6 }]);
    expect(await differences()).toEqual([]);
  });

  it('keeps every text of a call as it is', async () => {
    const texts = ['"', '\\', '\\"', 'a,b', '{}', 'NULL', '', ' x ', '\n\t', 'größe 😀', "'"];
    const intents = texts.map((model, index) =>
      anIntent({ requestId: String(10 + index), model, clientRequestId: model }),
    );
    await commit(...intents.map(opened));
    const stored = texts.map((text) => ({ model: text, client_request_id: text }));
    expect(await entries()).toMatchObject(stored);
  });

  it('adds nothing when the same records are replayed, however they are cut into batches', async () => {
    const calls = Array.from({ length: 6 }, () => anIntent());
    const records = calls.flatMap((intent, index) => [
      opened(intent),
      ...(index % 3 === 0 ? [ended(intent)] : index % 3 === 1 ? [released(intent)] : []),
    ]);
    await commit(...records);
    const [before, totals] = [
      await entries(),
      await harness.rows('SELECT * FROM spend_totals ORDER BY 1, 2'),
    ];
    expect(before).toHaveLength(4);
    await commit(...records);
    for (const record of records) await commit(record);
    for (let at = 0; at < records.length; at += 3) await commit(...records.slice(at, at + 3));
    expect(await entries()).toEqual(before);
    expect(await harness.rows('SELECT * FROM spend_totals ORDER BY 1, 2')).toEqual(totals);
    expect(await differences()).toEqual([]);
  });

  it('settles on a replay what the first run had only opened', async () => {
    const intent = anIntent();
    await commit(opened(intent));
    await commit(opened(intent), ended(intent));
    expect(await totalOf('team', 'research')).toEqual(['0.000012500000', '0.000000000000']);
  });

  it('leaves no entry of a call that reached no upstream', async () => {
    const [first, second] = [anIntent(), anIntent()];
    await commit(opened(first), released(first), opened(second));
    await commit(released(second));
    expect(await entries()).toEqual([]);
    expect(await totalOf('user', 'alice')).toEqual(['0.000000000000', '0.000000000000']);
  });

  it('counts the first of two ends, in one batch and in two', async () => {
    const intent = anIntent();
    await commit(opened(intent), ended(intent), ended(intent, anOutcome({ costPico: 1n })));
    await commit(ended(intent, anOutcome({ costPico: 2n })), released(intent));
    expect(await totalOf('user', 'alice')).toEqual(['0.000012500000', '0.000000000000']);
  });

  it('books what was expected for the open calls of a dead process, once', async () => {
    const [mine, other] = [anIntent(), anIntent()];
    await ledger.commit([opened(mine)], 'dead');
    await ledger.commit([opened(other)], 'alive');
    expect(await ledger.sweepProcess('dead')).toBe(1);
    expect(await ledger.sweepProcess('dead')).toBe(0);
    expect(
      await harness.rows('SELECT state, usage_source FROM spend_entries WHERE process_id = $1', [
        'dead',
      ]),
    ).toEqual([{ state: 'estimated', usage_source: 'estimate' }]);
    expect(await totalOf('user', 'alice')).toEqual(['0.010000000000', '0.010000000000']);
    expect(await differences()).toEqual([]);
  });

  it.each<[string, bigint, string]>([
    ['what was expected', 2_000_000_000n, '0.002000000000'],
    ['nothing where nothing was expected', 0n, '0.000000000000'],
    ['what was held where more was expected', 50_000_000_000n, '0.010000000000'],
  ])(
    'books %s for an open call, and holds nothing afterwards',
    async (_what, expectedPico, usd) => {
      await ledger.commit([opened(anIntent({ expectedPico }))], 'dead');
      await ledger.sweepProcess('dead');
      expect(await totalOf('user', 'alice')).toEqual([usd, '0.000000000000']);
      expect(await differences()).toEqual([]);
    },
  );

  it('books what was held for an open entry of an earlier version', async () => {
    await ledger.commit([opened(anIntent({ expectedPico: 1n }))], 'dead');
    await harness.database.write(({ manager }) =>
      manager.query('UPDATE spend_entries SET expected_usd = NULL'),
    );
    await ledger.sweepStartedBefore(new Date(Date.now() + 1000));
    expect(await totalOf('user', 'alice')).toEqual(['0.010000000000', '0.000000000000']);
    expect(await differences()).toEqual([]);
  });

  it('corrects an assumed end by the true one', async () => {
    const intent = anIntent({ startedAt: new Date(Date.now() - 3 * 86_400_000) });
    await commit(opened(intent));
    expect(await ledger.sweepStartedBefore(new Date(Date.now() - 86_400_000))).toBe(1);
    await commit(ended(intent));
    expect(await totalOf('user', 'alice')).toEqual(['0.000012500000', '0.000000000000']);
    await commit(ended(intent, anOutcome({ costPico: 7n })));
    expect(await totalOf('user', 'alice')).toEqual(['0.000012500000', '0.000000000000']);
    expect(await differences()).toEqual([]);
  });

  it('sums pico-dollars exactly over many entries', async () => {
    const intents = Array.from({ length: 1_000 }, () => anIntent());
    const costs = intents.map((_, index) => 12_300_001n + BigInt(index) ** 3n);
    await commit(
      ...intents.flatMap((intent, index) => [
        opened(intent),
        ended(intent, anOutcome({ costPico: costs[index] ?? 0n })),
      ]),
    );
    const expected = costs.reduce((sum, cost) => sum + cost, 0n);
    expect((await harness.totals.read('org', ['acme', 'absent'])).get('acme')).toBe(expected);
    expect((await harness.totals.read('org', ['acme', 'absent'])).get('absent')).toBe(0n);
    expect(await differences()).toEqual([]);
  });

  it('stays exact when two ledgers write the same totals at once', async () => {
    const write = async (processId: string): Promise<void> => {
      for (let batch = 0; batch < 10; batch += 1) {
        const intents = Array.from({ length: 30 }, (_, index) =>
          anIntent({
            attribution: {
              ...anIntent().attribution,
              userId: `user-${String((index * 7) % 10)}`,
              teamId: `team-${String((index * 3 + batch) % 10)}`,
            },
          }),
        );
        await ledger.commit(intents.map(opened), processId);
        await ledger.commit(
          intents.map((intent) => ended(intent)),
          processId,
        );
      }
    };
    await Promise.all([write('process-1'), write('process-2'), write('process-3')]);
    expect(await totalOf('org', 'acme')).toEqual(['0.011250000000', '0.000000000000']);
    expect(await differences()).toEqual([]);
  });

  it('finds a total that was changed behind its back, spend and reservation alike', async () => {
    const intent = anIntent();
    await commit(opened(intent));
    await harness.database.write(({ manager }) =>
      manager.query(
        `UPDATE spend_totals SET spend_usd = spend_usd + 0.000000000001 WHERE scope = 'team'`,
      ),
    );
    await harness.database.write(({ manager }) =>
      manager.query(`DELETE FROM spend_totals WHERE scope = 'org'`),
    );
    const report = await harness.reconciler.run();
    expect(report).toMatchObject({ entries: 1, totals: 6 });
    expect(report.differences).toEqual([
      {
        scope: 'org',
        id: 'acme',
        totalSpendUsd: '0.000000000000',
        entriesSpendUsd: '0.000000000000',
        totalReservedUsd: '0.000000000000',
        entriesReservedUsd: '0.010000000000',
      },
      {
        scope: 'team',
        id: 'research',
        totalSpendUsd: '0.000000000001',
        entriesSpendUsd: '0.000000000000',
        totalReservedUsd: '0.010000000000',
        entriesReservedUsd: '0.010000000000',
      },
    ]);
    expect(() => JSON.stringify(report)).not.toThrow();
  });

  it('adds the attempts of one request up in the view', async () => {
    const first = anIntent();
    const second = anIntent({
      requestId: first.requestId,
      attempt: 2,
      startedAt: new Date(first.startedAt.getTime() + 50),
      model: 'gpt-4o-fallback',
      provider: 'azure',
    });
    await commit(
      opened(first),
      opened(second),
      ended(first, anOutcome({ usageSource: 'estimate' })),
    );
    expect(await harness.rows('SELECT state, settled_at FROM gatehouse_spend_entries')).toEqual([
      { state: 'reserved', settled_at: null },
    ]);
    const endedAt = new Date(first.startedAt.getTime() + 900);
    await commit(ended(second, anOutcome({ endedAt })));
    const [row, ...more] = await harness.rows('SELECT * FROM gatehouse_spend_entries');
    expect(more).toEqual([]);
    expect(row).toEqual({
      request_id: first.requestId,
      client_request_id: null,
      decision_id: 'dec_1',
      call_type: 'acompletion',
      model_group: 'chat',
      model: 'gpt-4o-fallback',
      provider: 'azure',
      issuer: 'https://issuer.example',
      subject: 'alice',
      key_id: null,
      user_id: 'alice',
      team_id: 'research',
      org_id: 'acme',
      end_user_id: 'customer-1',
      input_tokens: '20',
      cached_input_tokens: '0',
      output_tokens: '40',
      cost_usd: '0.000025000000',
      state: 'estimated',
      usage_source: 'estimate',
      started_at: first.startedAt,
      settled_at: endedAt,
    });
  });
});
