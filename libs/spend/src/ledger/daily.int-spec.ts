import { DAY_MS } from '#libs/common';
import fc from 'fast-check';
import { describeOnEachDatabase } from '#support/each-database';
import {
  anIntent,
  anOutcome,
  emptyLedger,
  openSpend,
  type SpendHarness,
} from '#support/spend-harness';
import { MIGRATIONS } from '#libs/database';
import type { MigrationInterface } from 'typeorm';
import type { CallIntent } from '../costs/call-records.js';
import type { JournalRecord } from '../journal/journal-record.js';
import { DAILY_TABLES } from './daily-changes.js';
import { Ledger } from './ledger.js';

const opened = (intent: CallIntent): JournalRecord => ({ kind: 'intent', intent });
const ended = (
  { requestId, attempt, startedAt }: CallIntent,
  outcome = anOutcome(),
): JournalRecord => ({
  kind: 'settlement',
  ref: { requestId, attempt, startedAt },
  outcome,
});
const released = ({ requestId, attempt, startedAt }: CallIntent): JournalRecord => ({
  kind: 'release',
  ref: { requestId, attempt, startedAt },
});

/** A call of a random history: who called, and what became of it. */
const call = fc.record({
  user: fc.constantFrom('alice', 'bob', null),
  endUser: fc.constantFrom('customer-1', 'customer-2', null),
  client: fc.constantFrom('curl', 'openai-python', null),
  tags: fc.subarray(['a', 'b', '"c"', 'd\\']),
  daysAgo: fc.integer({ min: 0, max: 3 }),
  cost: fc.bigInt({ min: 0n, max: 10n ** 15n }),
  succeeded: fc.boolean(),
  cacheWrite: fc.integer({ min: 0, max: 5 }),
  end: fc.constantFrom('settled', 'released', 'open', 'swept', 'corrected', 'swept and released'),
});
type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;

describeOnEachDatabase('Roll-ups by day', (freshDatabase) => {
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

  const contents = async (): Promise<Record<string, unknown[]>> => {
    const tables: Record<string, unknown[]> = {};
    for (const table of Object.keys(DAILY_TABLES)) {
      const rows = `SELECT * FROM ${table} WHERE requests <> 0 ORDER BY day, combination`;
      tables[table] = await harness.rows(rows);
    }
    return tables;
  };
  const play = async ({ end, ...rest }: Call): Promise<void> => {
    const intent = anIntent({
      startedAt: new Date(Date.now() - rest.daysAgo * DAY_MS),
      client: rest.client,
      tags: rest.tags,
      attribution: { ...anIntent().attribution, userId: rest.user, endUserId: rest.endUser },
    });
    const { cost: costPico, succeeded, cacheWrite } = rest;
    const details = { cacheWrite, cacheWriteHour: 2 };
    const usage = { inputTokens: 10, cachedInputTokens: 0, outputTokens: 20 };
    const end1 = ended(
      intent,
      anOutcome({ costPico, succeeded, usage: cacheWrite === 0 ? usage : { ...usage, details } }),
    );
    const commit = (...records: JournalRecord[]): Promise<void> => ledger.commit(records, 'one');
    if (end === 'settled') await commit(opened(intent), end1);
    else await ledger.commit([opened(intent)], end === 'open' ? 'one' : 'dead');
    if (end === 'released') await commit(released(intent));
    if (['swept', 'corrected', 'swept and released'].includes(end)) {
      await ledger.sweepProcess('dead');
    }
    if (end === 'corrected') await commit(end1, end1);
    if (end === 'swept and released') await commit(released(intent));
  };

  it('equal the entries after every history of calls', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 8 }), async (calls) => {
        for (const one of calls) await play(one);
        expect((await harness.reconciler.run()).differences).toEqual([]);
      }),
      { numRuns: 15 },
    );
  });

  it('count an ended attempt once, by its day, its client and each of its tags', async () => {
    const intent = anIntent({
      startedAt: new Date('2041-05-31T23:59:59.999Z'),
      client: null,
      tags: ['blue', 'green'],
    });
    await ledger.commit([opened(intent)], 'one');
    expect(Object.values(await contents()).flat()).toEqual([]);
    await ledger.commit([ended(intent)], 'one');
    await ledger.commit([opened(intent), ended(intent)], 'one');
    const sums = {
      spend_usd: '0.000012500000',
      input_tokens: '10',
      cached_input_tokens: '0',
      cache_write_tokens: '0',
      output_tokens: '20',
      requests: '1',
      successful_requests: '1',
    };
    const row = {
      ...sums,
      org_id: 'acme',
      team_id: 'research',
      user_id: 'alice',
      key_id: '',
      issuer: 'https://issuer.example',
      model_group: 'chat',
      model: 'gpt-4o',
      provider: 'openai',
      call_type: 'acompletion',
      client: '',
    };
    const tables = await contents();
    const one = [expect.objectContaining(row)];
    expect(tables['spend_daily']).toEqual(one);
    expect(tables['spend_daily_with_end_user']).toEqual(one);
    const { model_group, model, provider, call_type } = row;
    expect(tables['spend_daily_by_model']).toEqual([
      expect.objectContaining({ ...sums, model_group, model, provider, call_type }),
    ]);
    const customer = { end_user_id: 'customer-1' };
    expect(tables['spend_daily_end_users']).toEqual([
      expect.objectContaining({ ...row, ...customer }),
    ]);
    expect(tables['spend_daily_by_end_user']).toEqual([
      expect.objectContaining({ ...customer, ...sums }),
    ]);
    for (const table of ['spend_daily_tags', 'spend_daily_by_tag']) {
      expect(tables[table]).toHaveLength(2);
      for (const tag of ['blue', 'green']) {
        const dimensions = table === 'spend_daily_tags' ? row : sums;
        expect(tables[table]).toContainEqual(expect.objectContaining({ ...dimensions, tag }));
      }
    }
    const twice = { spend_usd: '0.000025000000', requests: '2', successful_requests: '2' };
    expect(tables['spend_daily_with_tag']).toEqual([
      expect.objectContaining({ ...row, ...twice, input_tokens: '20', output_tokens: '40' }),
    ]);
    const days = await harness.rows('SELECT DISTINCT day::text FROM spend_daily_tags');
    expect(days).toEqual([{ day: '2041-05-31' }]);
  });

  it('are filled by the migrations as the ledger fills them', async () => {
    const calls = fc.sample(call, { seed: 41, numRuns: 25 });
    for (const one of calls) await play(one);
    const before = await contents();
    const migrations = 'CreateSpendDaily SortSpendDaily ExtendSpendDaily AddSpendByModel'
      .split(' ')
      .map((prefix): MigrationInterface => {
        const Migration = MIGRATIONS.find(({ name }) => name.startsWith(prefix));
        if (Migration === undefined) throw new Error('there is no such migration');
        return new Migration() as MigrationInterface;
      });
    await harness.database.write(async ({ manager }) => {
      if (manager.queryRunner === undefined) throw new Error('no transaction');
      for (const migration of migrations.toReversed()) await migration.down(manager.queryRunner);
      for (const migration of migrations) await migration.up(manager.queryRunner);
    });
    expect(await contents()).toEqual(before);
    expect((await harness.reconciler.run()).differences).toEqual([]);
  });

  it('are compared with the entries by the reconciliation', async () => {
    const intent = anIntent({ tags: ['blue'], attribution: { ...anIntent().attribution } });
    await ledger.commit([opened(intent), ended(intent)], 'one');
    expect(await harness.reconciler.run()).toMatchObject({ rollUps: 8, differences: [] });
    await harness.database.write(async ({ manager }) => {
      await manager.query('UPDATE spend_daily SET spend_usd = spend_usd + 0.000000000001');
      await manager.query('UPDATE spend_daily_by_model SET requests = 3');
      await manager.query('DELETE FROM spend_daily_end_users');
      await manager.query('UPDATE spend_daily_tags SET successful_requests = 0');
      await manager.query('UPDATE spend_daily_by_tag SET cache_write_tokens = 1');
    });
    const { differences } = await harness.reconciler.run();
    expect(differences).toMatchObject([
      {
        table: 'spend_daily',
        rollUp: { spend_usd: '0.000012500001' },
        entries: { spend_usd: '0.000012500000' },
      },
      {
        table: 'spend_daily_by_model',
        dimensions: { model: 'gpt-4o' },
        entries: { requests: '1' },
      },
      {
        table: 'spend_daily_end_users',
        dimensions: { end_user_id: 'customer-1' },
        rollUp: { requests: '0' },
        entries: { requests: '1' },
      },
      { table: 'spend_daily_tags', dimensions: { tag: 'blue' }, rollUp: { requests: '1' } },
      { table: 'spend_daily_by_tag', rollUp: { cache_write_tokens: '1' } },
    ]);
  });
});
