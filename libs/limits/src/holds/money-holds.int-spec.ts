import type { GatehouseError } from '#libs/common';
import { describeOnEachDatabase } from '#support/each-database';
import { expire, holdsOf, usedOf } from '#support/lease-processes';
import { emptyLedger, openSpend, type SpendHarness } from '#support/spend-harness';
import type { HoldRange } from './hold-queue.js';
import type { MoneyClaim } from './money-claims.js';
import type { MoneyHold } from './money-holds.js';

/** A claim of a window without an end. */
function aClaim(overrides: Partial<MoneyClaim> = {}): MoneyClaim {
  const { id = 'alice' } = overrides;
  return {
    scope: 'user',
    ...{ id, shownId: id },
    window: { startMs: -Infinity, endMs: Infinity },
    duration: null,
    atMs: Date.now(),
    capPico: 1_000_000_000_000n,
    ...overrides,
  };
}

const CENT = 10_000_000_000n;
const CALL: HoldRange = { leastPico: CENT, mostPico: CENT };

/** The budget that a refusal names. */
function budgetOf({ details }: GatehouseError): Readonly<Record<string, string>> {
  return (details as { budget: Record<string, string> }).budget;
}

describeOnEachDatabase('Holding money', (freshDatabase) => {
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

  /** Tries to hold for many calls at once; returns the holds, and the refusals. */
  const burst = async (
    count: number,
    hold: (index: number) => MoneyHold | Promise<MoneyHold>,
  ): Promise<{ served: MoneyHold[]; refused: GatehouseError[] }> => {
    const settled = await Promise.allSettled(
      Array.from({ length: count }, async (_, index) => hold(index)),
    );
    const served = settled.filter((one) => one.status === 'fulfilled').map(({ value }) => value);
    const refused = settled
      .filter((one) => one.status === 'rejected')
      .map(({ reason }) => reason as GatehouseError);
    return { served, refused };
  };

  it('serves exactly 100 of 500 calls at once where the cap is for 100, in one process and in two', async () => {
    for (const processes of [1, 2]) {
      for (let round = 0; round < 5; round += 1) {
        const claim = aClaim({ id: `${String(processes)}-${String(round)}` });
        const all = Array.from({ length: processes }, () => holdsOf(harness).holds);
        const one = (index: number): MoneyHold | Promise<MoneyHold> => {
          const [holds] = all.slice(index % processes);
          if (holds === undefined) throw new Error('no such process');
          return holds.hold([claim], CALL);
        };
        const { served, refused } = await burst(500, one);
        expect([served.length, refused.length]).toEqual([100, 400]);
        expect((await usedOf(harness)).get(`user ${claim.id}`)).toBe(claim.capPico);
        expect(refused[0]).toMatchObject({
          code: 'budget_exceeded',
          status: 422,
          headers: { 'x-should-retry': 'false' },
          details: { budget: { scope: 'user', id: claim.id, limit: '1', spent: '0' } },
        });
        for (const error of refused) {
          const { held, set_aside: setAside } = budgetOf(error);
          expect(Number(held) + Number(setAside)).toBeCloseTo(1, 12);
          if (processes === 1) expect(setAside).toBe('0');
        }
      }
    }
  });

  it('holds in all of four windows or in none, and the refusal names the tightest', async () => {
    const { holds } = holdsOf(harness);
    const claims: MoneyClaim[] = [
      aClaim({ scope: 'key', id: 'k', capPico: 900n * CENT }),
      aClaim({ scope: 'user', id: 'u', capPico: 800n * CENT }),
      aClaim({ scope: 'team', id: 't', capPico: 10n * CENT }),
      aClaim({ scope: 'org', id: 'o', capPico: 700n * CENT }),
    ];
    const { served, refused } = await burst(50, () => holds.hold(claims, CALL));
    expect([served.length, refused.length]).toEqual([10, 40]);
    for (const error of refused) {
      expect(error.details).toMatchObject({ budget: { scope: 'team', id: 't', held: '0.1' } });
    }
    for (const hold of served) hold.release(0n);
    const others = claims.filter(({ scope }) => scope !== 'team');
    const looked = await holds.look(claims);
    expect(looked.map(({ spentPico, heldPico }) => [spentPico, heldPico])).toEqual(
      claims.map(() => [0n, 0n]),
    );
    expect((await burst(60, () => holds.hold(others, CALL))).served).toHaveLength(60);
  });

  it('leaves nothing held of calls that cost nothing, and what they cost of the others', async () => {
    const { holds } = holdsOf(harness);
    const claim = aClaim();
    for (let round = 0; round < 20; round += 1) {
      const { served } = await burst(100, () => holds.hold([claim], CALL));
      expect(served).toHaveLength(100);
      for (const hold of served) hold.release(0n);
    }
    const { served } = await burst(2, () => holds.hold([claim], CALL));
    for (const hold of served) hold.release(CENT);
    expect(await holds.look([claim])).toMatchObject([
      { spentPico: 2n * CENT, heldPico: 0n, setAsidePico: 0n, leftPico: 98n * CENT },
    ]);
  });

  it('refuses no call for a tentative hold before that is decided', async () => {
    const { holds } = holdsOf(harness);
    const claim = aClaim({ capPico: 2n * CENT });
    const tentative = { ...CALL, isTentative: true };
    const { served } = await burst(2, () => holds.hold([claim], tentative));
    const [first, second] = served;
    const waiting = burst(2, () => holds.hold([claim], CALL));
    // Another budget is served meanwhile, so that the round in which these two are short is over.
    await holds.hold([aClaim({ id: 'other' })], CALL);
    first?.release(0n);
    second?.confirm();
    const settled = await waiting;
    expect([settled.served.length, settled.refused.map(({ code }) => code)]).toEqual([
      1,
      ['budget_exceeded'],
    ]);
  });

  it('fails a call whose data the database refuses, and none of those that wait with it', async () => {
    const { holds } = holdsOf(harness);
    const claim = aClaim();
    const first = Promise.resolve(holds.hold([claim], CALL));
    const [refused, ...served] = await Promise.allSettled([
      holds.hold([aClaim({ scope: 'team' }), aClaim({ id: 'nul\0' })], CALL),
      holds.hold([aClaim({ scope: 'team' })], CALL),
      holds.hold([aClaim({ scope: 'org' })], CALL),
      first,
    ]);
    expect(refused).toMatchObject({ status: 'rejected', reason: { message: /Unicode/ } });
    expect(served.map(({ status }) => status)).toEqual(Array(3).fill('fulfilled'));
    // Nothing of the failed request is leased or forgotten.
    const rest = { leastPico: claim.capPico - CENT, mostPico: claim.capPico - CENT };
    expect((await holds.hold([aClaim({ scope: 'team' })], rest)).heldPico).toBe(rest.mostPico);
  });

  it('gives what one process does not use to another that needs it', async () => {
    const [first, second] = [holdsOf(harness).holds, holdsOf(harness).holds];
    const claim = aClaim();
    const hold = await first.hold([claim], CALL);
    // The first has leased a tenth; the second needs everything but the cent that is held.
    const rest = { leastPico: claim.capPico - CENT, mostPico: claim.capPico - CENT };
    const second1 = await second.hold([claim], rest);
    await expect(first.hold([claim], CALL)).rejects.toMatchObject({ code: 'budget_exceeded' });
    second1.release(0n);
    hold.release(0n);
    expect((await first.hold([claim], rest)).heldPico).toBe(rest.mostPico);
  });

  it('names the tightest of the windows that are short, and gets all of them from another process', async () => {
    const [first, second] = [holdsOf(harness).holds, holdsOf(harness).holds];
    const key = aClaim({ scope: 'key' });
    const team = aClaim({ scope: 'team', capPico: 10n * CENT });
    const amount = (cents: bigint) => ({ leastPico: cents * CENT, mostPico: cents * CENT });
    const running = [await second.hold([key], amount(95n)), await second.hold([team], amount(8n))];
    await expect(first.hold([key, team], amount(6n))).rejects.toMatchObject({
      details: { budget: { scope: 'team', limit: '0.1', held: '0', set_aside: '0.08' } },
    });
    for (const hold of running) hold.release(0n);
    expect((await first.hold([key, team], amount(6n))).heldPico).toBe(6n * CENT);
  });

  it('refuses no call in one process because of others that no budget could bear in another', async () => {
    const [first, second] = [holdsOf(harness).holds, holdsOf(harness).holds];
    const claim = aClaim();
    const tooMuch = { leastPico: claim.capPico + 1n, mostPico: claim.capPico + 1n };
    const rest = { leastPico: claim.capPico - CENT, mostPico: claim.capPico - CENT };
    const held = await second.hold([claim], CALL);
    const oversized = burst(60, (index) => first.hold([claim], index % 3 === 0 ? tooMuch : rest));
    const { served } = await burst(20, () => second.hold([claim], CALL));
    expect([served.length, (await oversized).served.length]).toEqual([20, 0]);
    for (const one of [held, ...served]) one.release(0n);
    expect((await first.hold([claim], rest)).heldPico).toBe(rest.mostPico);
  });

  it('counts what was leased by a process that is gone until its time is up, and not longer', async () => {
    const { holds: gone, processId } = holdsOf(harness);
    const claim = aClaim();
    const whole = { leastPico: claim.capPico, mostPico: claim.capPico };
    await gone.hold([claim], whole);
    const { holds } = holdsOf(harness);
    await expect(holds.hold([claim], CALL)).rejects.toMatchObject({ code: 'budget_exceeded' });
    await expire(harness, processId);
    expect((await holds.hold([claim], whole)).heldPico).toBe(claim.capPico);
    await expect(gone.hold([claim], CALL)).rejects.toMatchObject({ code: 'budget_exceeded' });
  });

  it('does not go below a cap that was lowered, and goes up to one that was raised', async () => {
    const { holds } = holdsOf(harness);
    const call = (capPico: bigint) => holds.hold([aClaim({ capPico })], CALL);
    const { served } = await burst(3, () => call(50n * CENT));
    expect(served).toHaveLength(3);
    await expect(call(3n * CENT)).rejects.toMatchObject({ code: 'budget_exceeded' });
    expect((await call(4n * CENT)).heldPico).toBe(CENT);
    await expect(call(0n)).rejects.toMatchObject({ code: 'budget_exceeded' });
  });

  it('holds the rest of a budget for a call without a bound, where that is enough for its input', async () => {
    const { holds } = holdsOf(harness);
    const claim = aClaim({ capPico: 7n * CENT });
    const open: HoldRange = { leastPico: 2n * CENT, mostPico: 5n * CENT };
    const held = [await holds.hold([claim], open), await holds.hold([claim], open)];
    expect(held.map(({ heldPico }) => heldPico)).toEqual([5n * CENT, 2n * CENT]);
    await expect(holds.hold([claim], open)).rejects.toMatchObject({ code: 'budget_exceeded' });
  });
});
