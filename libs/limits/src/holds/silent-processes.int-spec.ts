import { formatUsd } from '#libs/common';
import type { CallIntent, CallRef } from '#libs/spend';
import { describeOnEachDatabase } from '#support/each-database';
import {
  expire,
  fallSilent,
  holdsOf,
  ledgerOf,
  stopWatch,
  type LeaseProcess,
} from '#support/lease-processes';
import {
  anIntent,
  anOutcome,
  emptyLedger,
  openSpend,
  type SpendHarness,
} from '#support/spend-harness';
import type { MoneyClaim } from './money-claims.js';
import type { MoneyHold } from './money-holds.js';

const CENT = 10_000_000_000n;
const CAP = 100n * CENT;
const CLAIM: MoneyClaim = {
  ...{ scope: 'user', id: 'alice', shownId: 'alice', duration: null, atMs: 0, capPico: CAP },
  window: { startMs: -Infinity, endMs: Infinity },
};
/** Each call holds ten cents and is expected to cost three. */
const HELD = { leastPico: 10n * CENT, mostPico: 10n * CENT };
const EXPECTED = 3n * CENT;

interface Call {
  readonly hold: MoneyHold;
  readonly intent: CallIntent;
}

describeOnEachDatabase('A process that is not heard of any more', (freshDatabase) => {
  let harness: SpendHarness;
  let ledger: ReturnType<typeof ledgerOf>;
  let silent: LeaseProcess;
  let calls: Call[];

  beforeAll(async () => {
    harness = await openSpend({ databaseUrl: await freshDatabase() });
    ledger = ledgerOf(harness);
    // These tests say when the others look.
    await stopWatch(harness);
  });
  afterAll(async () => {
    await harness.close();
  });
  /** A process holds money for three calls, which the database knows. */
  beforeEach(async () => {
    await emptyLedger(harness);
    silent = holdsOf(harness);
    calls = [];
    for (let number = 0; number < 3; number += 1) {
      const hold = await silent.holds.hold([CLAIM], HELD);
      const intent = anIntent({
        ...{ admittedAt: new Date(), holds: hold.windows },
        ...{ reservedPico: hold.heldPico, expectedPico: EXPECTED },
        ...{ expectedInputTokens: 40, expectedOutputTokens: 256 },
      });
      calls.push({ hold, intent });
      await ledger.commit([{ kind: 'intent', intent }], silent.processId);
    }
  });

  const refOf = ({ requestId, attempt, startedAt }: CallRef): CallRef => ({
    ...{ requestId, attempt, startedAt },
  });
  /** Cents that are spent and leased. */
  const state = async (): Promise<{ spent: number; held: number }> => {
    const [one] = await holdsOf(harness).leases.look([CLAIM]);
    const { bookedPico = 0n, othersPico = 0n } = one ?? {};
    return { spent: Number(bookedPico / CENT), held: Number(othersPico / CENT) };
  };
  const end = async ({ intent }: Call, costPico: bigint): Promise<void> => {
    const outcome = anOutcome({ costPico });
    const settlement = { kind: 'settlement', ref: refOf(intent), outcome } as const;
    await ledger.commit([settlement], silent.processId);
  };
  const entries = (): Promise<Record<string, unknown>[]> =>
    harness.rows(
      `SELECT state, cost_usd::float AS cost, sweep_reason AS reason,
        input_tokens AS input, output_tokens AS output FROM spend_entries ORDER BY started_at, cost_usd`,
    );
  const expectExact = async (): Promise<void> => {
    expect((await harness.reconciler.run()).differences).toEqual([]);
  };
  /** What another process can have, to the last cent. */
  const expectLeft = async (cents: bigint): Promise<void> => {
    const { holds } = holdsOf(harness);
    const most = cents * CENT;
    const hold = await holds.hold([CLAIM], { leastPico: most, mostPico: most });
    await expect(
      Promise.resolve(holds.hold([CLAIM], { leastPico: CENT, mostPico: CENT })),
    ).rejects.toMatchObject({ code: 'budget_exceeded' });
    hold.release(0n);
    await holds.beforeApplicationShutdown();
  };

  it('keeps what it holds until its calls are booked, which is one step, with the tokens of the estimate', async () => {
    await fallSilent(harness, silent.processId);
    // The cap is for ten calls.
    expect(await state()).toEqual({ spent: 0, held: 30 });
    await expectLeft(70n);
    expect(await ledger.sweepSilent()).toBe(3);
    expect(await state()).toEqual({ spent: 9, held: 0 });
    const booked = { state: 'estimated', cost: 0.03, reason: 'lease_ended', input: '40' };
    expect(await entries()).toEqual(Array(3).fill({ ...booked, output: '256' }));
    await expectExact();
    await expectLeft(91n);
  });

  it('is booked once by several processes that find it at once', async () => {
    await fallSilent(harness, silent.processId);
    const swept = await Promise.all(Array.from({ length: 6 }, () => ledger.sweepSilent()));
    expect(swept.reduce((sum, one) => sum + one, 0)).toBe(3);
    expect(await ledger.sweepSilent()).toBe(0);
    expect(await state()).toEqual({ spent: 9, held: 0 });
    await expectExact();
  });

  it('is left alone when it is heard of again before that', async () => {
    await fallSilent(harness, silent.processId);
    await ledger.renewProcess(silent.processId, 60);
    expect(await ledger.sweepSilent()).toBe(0);
    expect(await state()).toEqual({ spent: 0, held: 30 });
  });

  it('is booked without a budget, too, at what its stream had relayed', async () => {
    const intent = anIntent({ expectedPico: EXPECTED });
    const progress = { outputTokens: 5_000, expectedPico: 20n * CENT };
    await ledger.renewProcess('other', 60);
    await ledger.commit(
      [
        { kind: 'intent', intent },
        { kind: 'progress', ref: refOf(intent), progress },
      ],
      'other',
    );
    await expire(harness, 'other');
    expect(
      await harness.rows(`SELECT count(*)::int FROM spend_entries WHERE cost_usd > 0`),
    ).toEqual([{ count: 1 }]);
    expect((await entries()).at(-1)).toMatchObject({ cost: 0.2, input: '30', output: '5000' });
    // A later note that was in the journal alone replaces the estimate.
    const later = { outputTokens: 6_000, expectedPico: 24n * CENT };
    for (let time = 0; time < 2; time += 1) {
      await ledger.commit([{ kind: 'progress', ref: refOf(intent), progress: later }], 'other');
    }
    expect((await entries()).at(-1)).toMatchObject({ cost: 0.24, output: '6000' });
    await expectExact();
  });

  it.each([
    ['less', 1n],
    ['more', 8n],
  ])(
    'comes back with the end of a call that cost %s than was assumed: that is in the books once',
    async (_, cents) => {
      await expire(harness, silent.processId);
      const [first] = calls;
      if (first === undefined) throw new Error('no call');
      for (let time = 0; time < 2; time += 1) {
        await end(first, cents * CENT);
        await ledger.sweepProcess(silent.processId);
      }
      expect(await state()).toEqual({ spent: 6 + Number(cents), held: 0 });
      await expectExact();
      await expectLeft(94n - cents);
    },
  );

  it('but lives knows what it has lost, and its budgets are exact once its calls have ended', async () => {
    await expire(harness, silent.processId);
    expect(await state()).toEqual({ spent: 9, held: 0 });
    const { holds } = silent;
    // It holds again what its calls may still cost beyond what is booked for them.
    const one = await holds.hold([CLAIM], { leastPico: CENT, mostPico: CENT });
    const { spent, held } = await state();
    expect([spent, held >= 22]).toEqual([9, true]);
    for (const [index, call] of calls.entries()) {
      const costPico = BigInt(index + 2) * CENT;
      await end(call, costPico);
      call.hold.release(costPico);
      const now = await state();
      expect(now.spent + now.held).toBeGreaterThanOrEqual(now.spent + 10 * (2 - index) + 1);
    }
    one.release(0n);
    expect((await state()).spent).toBe(9);
    await silent.holds.hold([CLAIM], { leastPico: 91n * CENT, mostPico: 91n * CENT });
    await expect(
      Promise.resolve(holds.hold([CLAIM], { leastPico: CENT, mostPico: CENT })),
    ).rejects.toMatchObject({
      details: { budget: { spent: formatUsd(9n * CENT).slice(0, 4), held: '0.91' } },
    });
    await expectExact();
  });

  it('keeps the leases of pools that it may have taken from', async () => {
    await fallSilent(harness, silent.processId);
    await harness.database.write(async ({ manager }) => {
      await manager.query(
        `INSERT INTO budget_holders (holder, expires_at) VALUES ('redis:pool', now() - interval '7 seconds')`,
      );
      await manager.query(
        `INSERT INTO budget_leases (scope, id, window_start, window_end, holder, amount_usd)
          VALUES ('user', 'alice', '-infinity', 'infinity', 'redis:pool', 0.2)`,
      );
      await manager.query(
        `UPDATE budget_holders SET expires_at = now() + interval '1 minute',
          renewed_at = now() - interval '8 seconds' WHERE holder = $1`,
        [silent.processId],
      );
    });
    // It has not been heard of since the pool has ended, and may still come.
    await ledger.sweepSilent();
    expect(await state()).toEqual({ spent: 0, held: 50 });
    await expire(harness, silent.processId);
    expect(await state()).toEqual({ spent: 9, held: 20 });
    await ledger.sweepSilent();
    expect(await state()).toEqual({ spent: 9, held: 0 });
  });
});
