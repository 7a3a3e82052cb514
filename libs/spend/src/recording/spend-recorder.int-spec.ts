import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { describeOnEachDatabase } from '#support/each-database';
import { eventually } from '#support/eventually';
import { describeWithPostgres } from '#support/postgres';
import { anIntent, anOutcome, openSpend, type SpendHarness } from '#support/spend-harness';
import { Journal } from '../journal/journal.js';
import type { JournalRecord } from '../journal/journal-record.js';
import { Ledger } from '../ledger/ledger.js';
import { ensurePartitions } from '../ledger/partitions.js';
import { SpendLogsService } from '../reports/spend-logs.service.js';

const CENT = 10_000_000_000n;
const COST = 12_500_000n;

const spendOf = async (harness: SpendHarness, team: string): Promise<bigint | undefined> =>
  (await harness.totals.read('team', [team])).get(team);
const intentOf = (team: string): ReturnType<typeof anIntent> =>
  anIntent({ attribution: { ...anIntent().attribution, teamId: team } });
const journalsOf = async (harness: SpendHarness): Promise<string[]> =>
  readdir(join(harness.dataDir, 'journal')).catch(() => []);

beforeAll(() => {
  Logger.overrideLogger(false);
});

describeOnEachDatabase('SpendRecorder', (freshDatabase) => {
  let databaseUrl: string | undefined;
  let harness: SpendHarness;

  beforeAll(async () => {
    databaseUrl = await freshDatabase();
    harness = await openSpend({ databaseUrl });
  });
  afterAll(async () => {
    await harness.close();
  });

  it('shows a call in the totals as soon as it is settled', async () => {
    const intent = intentOf('read-your-writes');
    await harness.recorder.open(intent);
    expect(await spendOf(harness, 'read-your-writes')).toBe(0n);
    await harness.recorder.settle(intent, anOutcome());
    expect(await spendOf(harness, 'read-your-writes')).toBe(COST);
  });

  it('brings records into the database by itself', async () => {
    const intent = intentOf('by-itself');
    await harness.recorder.open(intent);
    await harness.recorder.settle(intent, anOutcome());
    await eventually(async () => {
      const rows = await harness.rows(
        `SELECT state FROM spend_entries WHERE team_id = 'by-itself'`,
      );
      expect(rows).toEqual([{ state: 'settled' }]);
    });
  });

  it('leaves nothing of a call that reached no upstream', async () => {
    const intent = intentOf('released');
    await harness.recorder.open(intent);
    await harness.recorder.flush();
    await harness.recorder.release(intent);
    await harness.recorder.flush();
    expect(await harness.rows(`SELECT 1 FROM spend_entries WHERE team_id = 'released'`)).toEqual(
      [],
    );
    expect((await harness.reconciler.run()).differences).toEqual([]);
  });

  it('moves entries out of the default partition when the month gets its own', async () => {
    const startedAt = new Date(Date.UTC(2041, 4, 31, 23, 59, 59, 999));
    const intent = { ...intentOf('future'), startedAt };
    await harness.recorder.open(intent);
    await harness.recorder.settle(intent, anOutcome());
    await harness.recorder.flush();
    const placeOf = async (): Promise<unknown> => {
      const [row] = await harness.rows(
        `SELECT tableoid::regclass::text AS place FROM spend_entries WHERE team_id = 'future'`,
      );
      return row?.['place'];
    };
    expect(await placeOf()).toBe('spend_entries_default');
    const months = ['y2041m04', 'y2041m05', 'y2041m06', 'y2041m07'];
    expect(await ensurePartitions(harness.database, new Date('2041-05-31T12:00:00Z'))).toEqual(
      months.map((month) => `spend_entries_${month}`),
    );
    expect(await placeOf()).toBe('spend_entries_y2041m05');
    expect(await ensurePartitions(harness.database, new Date('2041-05-31T12:00:00Z'))).toEqual([]);
    expect((await harness.reconciler.run()).differences).toEqual([]);
  });
});

describeOnEachDatabase('What a dead process left', (freshDatabase) => {
  it('is booked by the next one: ends exactly, open calls as expected, nothing twice', async () => {
    const databaseUrl = await freshDatabase();
    const first = await openSpend({ databaseUrl });
    const { dataDir } = first;
    const ledger = first.app.get(Ledger);
    const journal = new Journal({
      directory: join(dataDir, 'journal', 'dead-1'),
      segmentBytes: 4_000,
    });
    const calls = Array.from({ length: 30 }, () => intentOf('orphans'));
    const records: JournalRecord[] = calls.flatMap((intent, index): JournalRecord[] => {
      const opened = { kind: 'intent', intent } as const;
      if (index % 3 === 0) return [opened];
      if (index % 3 === 1) return [opened, { kind: 'release', ref: intent }];
      return [opened, { kind: 'settlement', ref: intent, outcome: anOutcome() }];
    });
    for (const record of records) await journal.append(record);
    // It died between a commit and the removal from its journal.
    await ledger.commit(records.slice(0, 23), 'dead-1');
    await journal.close(false);
    // On the embedded database the first process has to go before the second may come.
    await first.app.close();

    const second = await openSpend({ databaseUrl, dataDir });
    await second.recorder.flush();
    expect(await spendOf(second, 'orphans')).toBe(10n * COST + 10n * CENT);
    expect(
      await second.rows(
        `SELECT state, count(*)::int AS n FROM spend_entries WHERE team_id = 'orphans' GROUP BY state ORDER BY state`,
      ),
    ).toEqual([
      { state: 'estimated', n: 10 },
      { state: 'settled', n: 10 },
    ]);
    await eventually(async () => {
      expect(await journalsOf(second)).not.toContain('dead-1');
    });
    expect((await second.reconciler.run()).differences).toEqual([]);
    await second.close();
  });

  it('is nothing after a good end: open calls are booked as expected and the journal is gone', async () => {
    const databaseUrl = await freshDatabase();
    const first = await openSpend({ databaseUrl });
    const [settled, open] = [intentOf('ended'), intentOf('ended')];
    await first.recorder.open(settled);
    await first.recorder.open(open);
    await first.recorder.settle(settled, anOutcome());
    await first.recorder.drained();
    expect(await spendOf(first, 'ended')).toBe(COST + CENT);
    expect(await journalsOf(first)).toEqual([]);
    expect((await first.reconciler.run()).differences).toEqual([]);
    await first.close();
  });
});

describeWithPostgres('Several processes and a database that goes away', (server) => {
  it('keep totals exact when two replicas write the same ones at once', async () => {
    const databaseUrl = await server().createDatabase();
    const replicas = [await openSpend({ databaseUrl }), await openSpend({ databaseUrl })];
    await Promise.all(
      replicas.map(async ({ recorder }) => {
        for (let round = 0; round < 10; round += 1) {
          const calls = Array.from({ length: 40 }, (_, index) =>
            intentOf(`team-${String(index % 7)}`),
          );
          await Promise.all(calls.map(async (intent) => recorder.open(intent)));
          await recorder.flush();
          await Promise.all(calls.map(async (intent) => recorder.settle(intent, anOutcome())));
        }
        await recorder.flush();
      }),
    );
    const [first] = replicas;
    expect((await first?.totals.read('org', ['acme']))?.get('acme')).toBe(800n * COST);
    const report = await first?.reconciler.run();
    expect(report).toMatchObject({ entries: 800, differences: [] });
    for (const replica of replicas) await replica.close();
  }, 60_000);

  it("make the same partitions at once without getting into each other's way", async () => {
    const databaseUrl = await server().createDatabase();
    const replicas = [await openSpend({ databaseUrl }), await openSpend({ databaseUrl })];
    for (let year = 2041; year < 2051; year += 1) {
      const now = new Date(Date.UTC(year, 5, 1));
      const made = await Promise.all(
        [...replicas, ...replicas].map(({ database }) => ensurePartitions(database, now)),
      );
      expect(made.flat().sort()).toEqual(
        ['05', '06', '07', '08'].map((month) => `spend_entries_y${String(year)}m${month}`),
      );
    }
    for (const replica of replicas) await replica.close();
  }, 60_000);

  it('keep accounting while the database is away, and book everything when it is back', async () => {
    const harness = await openSpend({ databaseUrl: await server().createDatabase() });
    const calls = Array.from({ length: 50 }, () => intentOf('outage'));
    await server().halt();
    await Promise.all(calls.map(async (intent) => harness.recorder.open(intent)));
    await Promise.all(calls.map(async (intent) => harness.recorder.settle(intent, anOutcome())));
    await expect(harness.recorder.flush()).rejects.toMatchObject({ code: 'database_unavailable' });
    await server().resume();
    await eventually(async () => {
      expect(await spendOf(harness, 'outage')).toBe(50n * COST);
    }, 20_000);
    expect((await harness.reconciler.run()).differences).toEqual([]);
    await harness.close();
  }, 60_000);

  it.each([
    // Stands for any transaction on the totals that does not end: the first lets them be read, the second not.
    { mode: 'EXCLUSIVE', shown: COST },
    { mode: 'ACCESS EXCLUSIVE', shown: 0n },
  ])(
    'answer within seconds while the totals are locked, $mode',
    async ({ mode, shown }) => {
      const harness = await openSpend({ databaseUrl: await server().createDatabase() });
      const call = async (): Promise<void> => {
        const intent = intentOf('locked');
        await harness.recorder.open(intent);
        await harness.recorder.settle(intent, anOutcome());
      };
      await call();
      await harness.recorder.flush();
      const [held, over] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
      const lock = harness.database.write(async ({ manager }) => {
        await manager.query(`LOCK TABLE spend_totals IN ${mode} MODE`);
        held.resolve(undefined);
        await over.promise;
      });
      await held.promise;
      await call();
      const began = performance.now();
      const [answer, logs] = await Promise.all([
        harness.totals.readIfPossible('team', ['locked']),
        harness.app.get(SpendLogsService).list({ teamId: 'locked' }, 1, 10),
      ]);
      const tookMs = performance.now() - began;
      over.resolve(undefined);
      await lock;
      expect(answer.get('locked')).toBe(shown);
      expect(logs.total).toBe(1);
      expect(tookMs).toBeLessThan(10_000);
      await harness.recorder.flush();
      expect(await spendOf(harness, 'locked')).toBe(2n * COST);
      await harness.close();
    },
    60_000,
  );
});
