import fc from 'fast-check';
import type { MigrationInterface } from 'typeorm';
import { MIGRATIONS } from '#libs/database';
import { describeOnEachDatabase } from '#support/each-database';
import {
  anIntent,
  anOutcome,
  emptyLedger,
  openSpend,
  type SpendHarness,
} from '#support/spend-harness';
import type { BudgetScope, HeldWindow } from '../costs/call-records.js';
import { pairId } from '../costs/pair-id.js';
import { Ledger } from './ledger.js';

const NOON = new Date('2041-06-15T12:00:00.000Z');

const held = (scope: BudgetScope, id: string): HeldWindow => ({
  scope,
  id,
  start: null,
  end: null,
});

describeOnEachDatabase('Ids of pairs in the database', (freshDatabase) => {
  let harness: SpendHarness;

  beforeAll(async () => {
    harness = await openSpend({ databaseUrl: await freshDatabase() });
  });
  afterAll(async () => {
    await harness.close();
  });
  beforeEach(async () => {
    await emptyLedger(harness);
  });

  const change = (statement: string): Promise<unknown> =>
    harness.database.write(({ manager }) => manager.query(statement));
  const spend = async (
    ids: { readonly teamId: string; readonly orgId: string; readonly userId: string },
    holds: readonly HeldWindow[],
  ): Promise<void> => {
    const attribution = { ...anIntent().attribution, ...ids };
    const intent = anIntent({ startedAt: NOON, tags: ['ci', 'ci:x'], holds, attribution });
    const { requestId, attempt, startedAt } = intent;
    const ref = { requestId, attempt, startedAt };
    await harness.app.get(Ledger).commit(
      [
        { kind: 'intent', intent },
        { kind: 'settlement', ref, outcome: anOutcome() },
      ],
      'one',
    );
  };
  const books = async (): Promise<unknown> => [
    await harness.rows('SELECT * FROM spend_totals ORDER BY scope, id'),
    await harness.rows('SELECT * FROM spend_quarters ORDER BY scope, id, quarter'),
    await harness.rows('SELECT holds FROM spend_entries ORDER BY user_id'),
  ];
  const migrate = (): Promise<void> =>
    harness.database.write(async ({ manager: { queryRunner } }) => {
      const Migration = MIGRATIONS.find(({ name }) => name.startsWith('PartPairs'));
      if (queryRunner === undefined || Migration === undefined) throw new Error('not there');
      const migration = new Migration() as MigrationInterface;
      await migration.down(queryRunner);
      await migration.up(queryRunner);
    });

  it('are those of the gateway', async () => {
    const part = fc.string({ unit: fc.constantFrom(':', '%', '3', 'A', 'a'), maxLength: 5 });
    const pairs = fc.sample(fc.tuple(part, part), 300);
    const rows = await harness.rows(
      'SELECT gatehouse_pair_id(f, s) AS id FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS t (f, s, n) ORDER BY n',
      [pairs.map(([first]) => first), pairs.map(([, second]) => second)],
    );
    expect(rows.map((row) => row['id'])).toEqual(pairs.map(([a, b]) => pairId(a, b)));
  });

  it('part by the migration what two members, or two budgets of models, shared', async () => {
    await spend({ teamId: 'a', orgId: 'o', userId: 'b:c' }, [
      held('team_model', pairId('a', 'b:gpt')),
      held('user_model', pairId('b:c', 'gpt')),
      held('gateway', ''),
    ]);
    await spend({ teamId: 'a:b', orgId: 'o:b', userId: 'c' }, [
      held('team_member', pairId('a:b', 'c')),
      held('team_model', pairId('a:b', 'gpt')),
      held('tag_model', pairId('ci:x', 'gpt')),
      held('key_model', pairId('k', 'a:b:gpt')),
    ]);
    const right = await books();
    await change(
      `UPDATE spend_entries SET holds = regexp_replace(holds::text, '":(\\w+)%3A(\\w+):', '"\\1:\\2:', 'g')::jsonb`,
    );
    for (const table of ['spend_totals', 'spend_quarters']) {
      await change(`DELETE FROM ${table} WHERE id LIKE ':%'`);
      await change(`UPDATE ${table} SET spend_usd = 2 * spend_usd WHERE id IN ('a:b:c', 'o:b:c')`);
    }
    await change(`UPDATE spend_quarters SET spend_usd = 2 * spend_usd WHERE id = 'a:b:gpt'`);
    await change(
      `INSERT INTO spend_quarters VALUES ('tag_model', 'ci:x:gpt', '${NOON.toISOString()}', 1)`,
    );
    await change(
      `INSERT INTO budget_windows VALUES ('team_member', 'a:b:c', '-infinity', 'infinity', 9)`,
    );
    expect(await books()).not.toEqual(right);
    await migrate();
    expect(await books()).toEqual(right);
    expect((await harness.reconciler.run()).differences).toEqual([]);
    await migrate();
    expect(await books()).toEqual(right);
  });
});
