import { describeOnEachDatabase } from '#support/each-database';
import {
  anIntent,
  anOutcome,
  emptyLedger,
  openSpend,
  type SpendHarness,
} from '#support/spend-harness';
import type { CallIntent } from '../costs/call-records.js';
import type { JournalRecord } from '../journal/journal-record.js';
import { Ledger } from './ledger.js';

describeOnEachDatabase('what a call that never ended is booked at', (freshDatabase) => {
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
  const refOf = ({ requestId, attempt, startedAt }: CallIntent) => ({
    requestId,
    attempt,
    startedAt,
  });
  const relayed = (
    intent: CallIntent,
    outputTokens: number,
    expectedPico: bigint,
  ): JournalRecord => ({
    kind: 'progress',
    ref: refOf(intent),
    progress: { outputTokens, expectedPico },
  });
  const ended = (intent: CallIntent): JournalRecord => ({
    kind: 'settlement',
    ref: refOf(intent),
    outcome: anOutcome(),
  });
  const commit = (...records: JournalRecord[]): Promise<void> => ledger.commit(records, 'dead');

  it.each([
    ['in one batch', 1],
    ['each in its own batch', 3],
    ['twice, as after a replay', 6],
  ])('is the furthest progress, whose records are booked %s', async (_how, commits) => {
    const intent = anIntent({ expectedPico: 1n });
    const records = [
      opened(intent),
      relayed(intent, 2_048, 30_000_000_000n),
      relayed(intent, 1_024, 20_000_000_000n),
    ];
    if (commits === 1) await commit(...records);
    else
      for (let at = 0; at < commits; at += 1) await commit(...records.slice(at % 3, (at % 3) + 1));
    await ledger.sweepProcess('dead');
    const report = await harness.reconciler.run();
    expect(report).toMatchObject({ differences: [], assumedEnds: { count: 1 } });
    expect(report.assumedEnds.entries).toEqual([
      {
        requestId: intent.requestId,
        attempt: 1,
        startedAt: intent.startedAt.toISOString(),
        model: intent.model,
        deploymentId: intent.deploymentId,
        costUsd: '0.030000000000',
        reservedUsd: '0.010000000000',
        reason: 'process_ended',
        basis: 'relayed',
        relayedTokens: 2_048,
      },
    ]);
    expect(await harness.rows('SELECT state, output_tokens FROM spend_entries')).toEqual([
      { state: 'estimated', output_tokens: '2048' },
    ]);
  });

  it('is the expected amount without progress, and what was held only for an earlier version', async () => {
    const [modest, earlier] = [anIntent({ expectedPico: 5n }), anIntent()];
    await commit(opened(modest), opened(earlier));
    await harness.database.write(({ manager }) =>
      manager.query('UPDATE spend_entries SET expected_usd = NULL WHERE request_id = $1', [
        earlier.requestId,
      ]),
    );
    await ledger.sweepStartedBefore(new Date(Date.now() + 60_000));
    const { assumedEnds } = await harness.reconciler.run();
    const facts = assumedEnds.entries.map(({ requestId, costUsd, basis, reason }) => [
      requestId,
      [costUsd, basis, reason],
    ]);
    expect(Object.fromEntries(facts)).toEqual({
      [modest.requestId]: ['0.000000000005', 'input', 'end_missing'],
      [earlier.requestId]: ['0.010000000000', 'held', 'end_missing'],
    });
  });

  it('is marked as unpriced where no price of the operation was known', async () => {
    const intents = [anIntent({ isUnpriced: true, expectedPico: 0n }), anIntent()];
    await commit(...intents.map(opened));
    await ledger.sweepProcess('dead');
    const text =
      'SELECT is_priced FROM spend_entries WHERE request_id = ANY($1) ORDER BY is_priced';
    const rows = await harness.rows(text, [intents.map(({ requestId }) => requestId)]);
    expect(rows).toEqual([{ is_priced: false }, { is_priced: true }]);
  });

  it('is corrected by an end that turns up later, which takes it off the list', async () => {
    const intent = anIntent();
    await commit(opened(intent), relayed(intent, 9, 9n));
    await ledger.sweepProcess('dead');
    await commit(ended(intent), relayed(intent, 10, 10n));
    expect(await harness.reconciler.run()).toMatchObject({
      differences: [],
      assumedEnds: { count: 0, entries: [] },
    });
    expect(await harness.rows('SELECT cost_usd, output_tokens FROM spend_entries')).toMatchObject([
      { cost_usd: '0.000012500000' },
    ]);
  });

  it('never changes a call that has ended', async () => {
    const intent = anIntent();
    await commit(opened(intent), ended(intent), relayed(intent, 10, 10n ** 12n));
    await commit(relayed(intent, 11, 10n ** 12n));
    await ledger.sweepProcess('dead');
    expect(await harness.rows('SELECT cost_usd, state FROM spend_entries')).toMatchObject([
      { cost_usd: '0.000012500000', state: 'settled' },
    ]);
  });
});
