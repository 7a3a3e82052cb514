import fc from 'fast-check';
import type { MigrationInterface } from 'typeorm';
import type { Attribution } from '#libs/access';
import { MIGRATIONS } from '#libs/database';
import { describeOnEachDatabase } from '#support/each-database';
import {
  anIntent,
  anOutcome,
  emptyLedger,
  openSpend,
  type SpendHarness,
} from '#support/spend-harness';
import type { CallIntent, HeldWindow } from '../costs/call-records.js';
import { pairId } from '../costs/pair-id.js';
import type { JournalRecord } from '../journal/journal-record.js';
import { Ledger } from './ledger.js';

const NOON = Date.parse('2041-06-15T12:00:00.000Z');
const MINUTE_MS = 60_000;

const opened = (intent: CallIntent): JournalRecord => ({ kind: 'intent', intent });
const ended = (
  { requestId, attempt, startedAt }: CallIntent,
  outcome = anOutcome(),
): JournalRecord => ({ kind: 'settlement', ref: { requestId, attempt, startedAt }, outcome });

/** An hour from some minute on, which no quarter of an hour begins with. */
const windowAt = (minutes: number): [string, string] => [
  new Date(NOON + minutes * MINUTE_MS).toISOString(),
  new Date(NOON + (minutes + 60) * MINUTE_MS).toISOString(),
];

const step = fc.oneof(
  fc.record({
    call: fc.record({
      admitted: fc.integer({ min: -90, max: 150 }),
      waited: fc.integer({ min: 0, max: 30 }),
      user: fc.constantFrom('alice', 'a:alice'),
      team: fc.constantFrom('research', 'research:a'),
      isHeld: fc.boolean(),
      tags: fc.constantFrom([], ['batch'], ['ci', 'batch']),
      end: fc.constantFrom('settled', 'open', 'swept', 'corrected', 'released'),
      cost: fc.bigInt({ min: 0n, max: 10n ** 15n }),
    }),
  }),
  fc.record({
    opens: fc.integer({ min: -100, max: 150 }),
    user: fc.constantFrom('alice', 'a:alice'),
  }),
);

describeOnEachDatabase('The spend of windows', (freshDatabase) => {
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

  const openWindow = (
    scope: string,
    id: string,
    [start, end]: [string, string],
  ): Promise<unknown> =>
    harness.database.write(({ manager }) =>
      manager.query('SELECT gatehouse_open_window($1, $2, $3::timestamptz, $4::timestamptz)', [
        scope,
        id,
        start,
        end,
      ]),
    );
  const play = async (
    one: typeof step extends fc.Arbitrary<infer T> ? T : never,
  ): Promise<void> => {
    if ('opens' in one) {
      await openWindow('user', one.user, windowAt(one.opens));
      await openWindow('key_model', `k:${one.user}`, windowAt(one.opens));
      await openWindow('team_member', pairId('research', one.user), windowAt(one.opens));
      await openWindow('team_member', pairId('research:a', one.user), windowAt(one.opens));
      await openWindow('team', 'research', ['-infinity', 'infinity']);
      await openWindow('tag', 'batch', windowAt(one.opens));
      return;
    }
    const { admitted, waited, user, team, isHeld, tags, end, cost } = one.call;
    const admittedAt = new Date(NOON + admitted * MINUTE_MS);
    const hour = { scope: 'key_model', id: `k:${user}`, start: null, end: NOON } as const;
    const intent = anIntent({
      startedAt: new Date(admittedAt.getTime() + waited * MINUTE_MS),
      admittedAt: waited === 0 ? null : admittedAt,
      holds: isHeld ? [hour, { ...hour, end: null }] : [],
      tags,
      attribution: { ...anIntent().attribution, userId: user, teamId: team },
    });
    const end1 = ended(intent, anOutcome({ costPico: cost }));
    if (end === 'settled') await ledger.commit([opened(intent), end1], 'one');
    else await ledger.commit([opened(intent)], end === 'open' ? 'one' : 'dead');
    if (end === 'swept' || end === 'corrected') await ledger.sweepProcess('dead');
    if (end === 'corrected') await ledger.commit([end1, end1], 'dead');
    if (end === 'released') await ledger.commit([{ kind: 'release', ref: intent }], 'dead');
  };
  const spentBy = async (id: string): Promise<unknown> => {
    const rows = await harness.rows(
      'SELECT spent_usd FROM budget_windows WHERE id = $1 ORDER BY window_start',
      [id],
    );
    return rows.map((row) => row['spent_usd']);
  };

  it('equals the entries after every history of calls and of windows that are opened meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async (steps) => {
        for (const one of steps) await play(one);
        expect((await harness.reconciler.run()).differences).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });

  it('is of the window in which the request was admitted, also where the attempt began in the next', async () => {
    await openWindow('user', 'alice', windowAt(-60));
    await openWindow('user', 'alice', windowAt(0));
    const intent = anIntent({
      admittedAt: new Date(NOON - 1),
      startedAt: new Date(NOON + 1),
    });
    await ledger.commit([opened(intent), ended(intent)], 'one');
    expect(await spentBy('alice')).toEqual(['0.000012500000', '0.000000000000']);
  });

  it('counts no booking twice and loses none while windows are opened', async () => {
    const window = windowAt(-7);
    const intents = Array.from({ length: 40 }, () => anIntent({ startedAt: new Date(NOON) }));
    await Promise.all([
      ...intents.map((intent) => ledger.commit([opened(intent), ended(intent)], 'one')),
      ...intents.map(() => openWindow('user', 'alice', window)),
    ]);
    expect(await spentBy('alice')).toEqual(['0.000500000000']);
    expect((await harness.reconciler.run()).differences).toEqual([]);
  });

  it('takes from the lease of the process what it adds, in the windows that were held and in no other', async () => {
    const [start, end] = windowAt(0);
    const held: HeldWindow = {
      scope: 'user',
      id: 'alice',
      start: Date.parse(start),
      end: Date.parse(end),
    };
    await openWindow('user', 'alice', [start, end]);
    await openWindow('team', 'research', [start, end]);
    await harness.database.write(({ manager }) =>
      manager.query(
        `INSERT INTO budget_leases (scope, id, window_start, window_end, holder, amount_usd)
          SELECT w.scope, w.id, w.window_start, w.window_end, h, 1
          FROM budget_windows w, unnest(ARRAY['one', 'two']) h`,
      ),
    );
    const intent = anIntent({ admittedAt: new Date(NOON), holds: [held] });
    await ledger.commit([opened(intent)], 'one');
    await ledger.commit([ended(intent)], 'one');
    expect(
      await harness.rows('SELECT scope, holder, amount_usd FROM budget_leases ORDER BY 1, 2'),
    ).toEqual([
      { scope: 'team', holder: 'one', amount_usd: '1.000000000000' },
      { scope: 'team', holder: 'two', amount_usd: '1.000000000000' },
      { scope: 'user', holder: 'one', amount_usd: '0.999987500000' },
      { scope: 'user', holder: 'two', amount_usd: '1.000000000000' },
    ]);
  });

  it('is filled by the migrations as the ledger fills it, of a regenerated key under its first id', async () => {
    const [first, second, third] = ['1', '2', '3'].map((digit) => digit.repeat(64));
    const keys = [
      { keyId: first },
      { keyId: second, firstKeyId: first },
      { keyId: third, firstKeyId: first },
      { keyId: null },
    ] as readonly Partial<Attribution>[];
    await harness.database.write(({ manager }) =>
      manager.query(
        `INSERT INTO virtual_keys (token, key_name, predecessors, first_key_id) VALUES ($1, 'sk-...', $2, $3)`,
        [third, [first, second], first],
      ),
    );
    const intents = Array.from({ length: 20 }, (_, index) =>
      anIntent({
        startedAt: new Date(NOON + index * 5 * MINUTE_MS),
        tags: ['batch', 'ci'].slice(index % 3),
        attribution: { ...anIntent().attribution, ...keys[index % keys.length] },
      }),
    );
    for (const intent of intents) await ledger.commit([opened(intent), ended(intent)], 'one');
    const quarters = 'SELECT * FROM spend_quarters ORDER BY scope, id, quarter';
    const before = await harness.rows(quarters);
    const migrations = MIGRATIONS.filter(({ name }) =>
      /^(CreateBudgetWindows|KeepBudgetsOfKeys|CreateTags|CreateOrganizationMemberships|PartPairs)/.test(
        name,
      ),
    ).map((Migration) => new Migration() as MigrationInterface);
    await harness.database.write(async ({ manager: { queryRunner } }) => {
      if (queryRunner === undefined) throw new Error('no transaction');
      for (const migration of migrations.toReversed()) await migration.down(queryRunner);
      for (const migration of migrations) await migration.up(queryRunner);
    });
    expect(await harness.rows(quarters)).toEqual(before);
    expect((await harness.reconciler.run()).differences).toEqual([]);
    expect(before.length).toBeGreaterThan(30);
  });

  it('is compared with the entries by the reconciliation', async () => {
    await openWindow('user', 'alice', ['-infinity', 'infinity']);
    const intent = anIntent();
    await ledger.commit([opened(intent), ended(intent)], 'one');
    await harness.database.write(async ({ manager }) => {
      await manager.query('UPDATE budget_windows SET spent_usd = 0');
      await manager.query(`DELETE FROM spend_quarters WHERE scope <> 'org'`);
      await manager.query('UPDATE spend_quarters SET spend_usd = 1');
    });
    const { differences, windows } = await harness.reconciler.run();
    expect(windows).toBe(7);
    expect(differences).toMatchObject([
      { table: 'budget_windows', start: '-infinity', keptUsd: '0.000000000000' },
      { table: 'spend_quarters', scope: 'end_user', keptUsd: '0.000000000000' },
      { table: 'spend_quarters', scope: 'org', keptUsd: '1.000000000000' },
      { table: 'spend_quarters', scope: 'org_member' },
      { table: 'spend_quarters', scope: 'team', entriesUsd: '0.000012500000' },
      { table: 'spend_quarters', scope: 'team_member' },
      { table: 'spend_quarters', scope: 'user' },
    ]);
  });
});
