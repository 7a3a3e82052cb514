import { startCuttingProxy, type CuttingProxy } from '#support/cutting-proxy';
import { describeOnEachDatabase } from '#support/each-database';
import { expire, holdsOf, usedOf } from '#support/lease-processes';
import { describeWithPostgres } from '#support/postgres';
import { emptyLedger, openSpend, type SpendHarness } from '#support/spend-harness';
import type { HoldRange } from './hold-queue.js';
import type { LeaseRequest } from './lease-source.js';
import type { MoneyClaim } from './money-claims.js';

const CENT = 10_000_000_000n;
const CLAIM: MoneyClaim = {
  ...{ scope: 'user', id: 'alice', shownId: 'alice' },
  ...{
    window: { startMs: -Infinity, endMs: Infinity },
    duration: null,
    atMs: 0,
    capPico: 100n * CENT,
  },
};
const CALL: HoldRange = { leastPico: CENT, mostPico: CENT };
const WHOLE: HoldRange = { leastPico: CLAIM.capPico, mostPico: CLAIM.capPico };

describeOnEachDatabase('A request for leases that is repeated', (freshDatabase) => {
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

  const asking = (number: number, overrides: Partial<LeaseRequest> = {}): LeaseRequest => ({
    number,
    groups: [[{ ...CLAIM, needPico: 10n * CENT, wantPico: 10n * CENT }]],
    back: [],
    ...overrides,
  });

  it('gets the same answer, and nothing is leased or given back twice', async () => {
    const { leases } = holdsOf(harness);
    const first = await leases.take(asking(1));
    expect(first.groups).toMatchObject([{ grantedPico: [10n * CENT] }]);
    const { lost, groups } = first;
    expect(await leases.take(asking(1))).toMatchObject({ lost, groups });
    expect((await usedOf(harness)).get('user alice')).toBe(10n * CENT);
    const giving = asking(2, { groups: [], back: [{ ...CLAIM, amountPico: 4n * CENT }] });
    await leases.take(giving);
    await leases.take(giving);
    expect((await usedOf(harness)).get('user alice')).toBe(6n * CENT);
  });

  it('also gets what was lost since, every time', async () => {
    const { leases, processId } = holdsOf(harness);
    const { groups } = await leases.take(asking(1));
    await expire(harness, processId);
    const lost = [{ ...keyOf(CLAIM), amountPico: 10n * CENT }];
    expect(await leases.take(asking(1))).toMatchObject({ lost, groups });
    expect(await leases.take(asking(1))).toMatchObject({ lost, groups });
    expect(await leases.take(asking(2, { groups: [] }))).toMatchObject({ lost: [], groups: [] });
    expect((await usedOf(harness)).get('user alice')).toBe(0n);
  });

  it('is refused after a later one was answered', async () => {
    const { leases } = holdsOf(harness);
    await leases.take(asking(1));
    await leases.take(asking(2, { groups: [] }));
    await expect(leases.take(asking(1))).rejects.toThrow('a later request');
    expect((await usedOf(harness)).get('user alice')).toBe(10n * CENT);
  });
});

describeWithPostgres('Leases over a connection that is cut before the answer', (server) => {
  let harness: SpendHarness;
  let other: SpendHarness;
  let proxy: CuttingProxy;

  beforeAll(async () => {
    const url = new URL(await server().createDatabase());
    proxy = await startCuttingProxy(Number(url.port));
    other = await openSpend({ databaseUrl: url.href });
    url.port = String(proxy.port);
    harness = await openSpend({ databaseUrl: url.href });
  });
  afterAll(async () => {
    await harness.close();
    await other.close();
    await proxy.close();
  });
  beforeEach(async () => {
    await harness.database.whenReady();
    await emptyLedger(other);
  });

  const unanswered = async (run: () => unknown): Promise<void> => {
    const before = proxy.cuts;
    proxy.cutAnswerTo('gatehouse_take_leases', 'COMMIT');
    await expect(Promise.resolve().then(run)).rejects.toMatchObject({
      code: 'database_unavailable',
    });
    expect(proxy.cuts).toBe(before + 1);
  };

  it('are those of the process nevertheless, and another can have all that it does not use', async () => {
    const { holds } = holdsOf(harness);
    await unanswered(() => holds.hold([CLAIM], CALL));
    expect((await usedOf(other)).get('user alice')).toBe(10n * CENT);
    const held = await holds.hold([CLAIM], { leastPico: 90n * CENT, mostPico: 90n * CENT });
    held.release(0n);
    expect((await holdsOf(other).holds.hold([CLAIM], WHOLE)).heldPico).toBe(CLAIM.capPico);
  });

  it('that were given back are free, and are not given back again', async () => {
    const { holds } = holdsOf(harness);
    (await holds.hold([CLAIM], WHOLE)).release(0n);
    const lowered = { ...CLAIM, capPico: 50n * CENT };
    await unanswered(() => holds.hold([lowered], CALL));
    const second = holdsOf(other).holds;
    const all = { leastPico: 50n * CENT, mostPico: 50n * CENT };
    await expect(holds.hold([lowered], { ...all, leastPico: 51n * CENT })).rejects.toMatchObject({
      code: 'budget_exceeded',
    });
    const held = await second.hold([lowered], all);
    await expect(holds.hold([lowered], CALL)).rejects.toMatchObject({ code: 'budget_exceeded' });
    held.release(0n);
    expect((await holds.hold([lowered], all)).heldPico).toBe(50n * CENT);
  });

  it('that were lost are not used any more', async () => {
    const { holds, processId } = holdsOf(harness);
    (await holds.hold([CLAIM], WHOLE)).release(0n);
    await expire(other, processId);
    expect((await holdsOf(other).holds.hold([CLAIM], WHOLE)).heldPico).toBe(CLAIM.capPico);
    // Another window makes the request that finds out.
    await unanswered(() => holds.hold([CLAIM, { ...CLAIM, scope: 'team' }], CALL));
    const claims: MoneyClaim[] = [CLAIM, { ...CLAIM, scope: 'org' }];
    await expect(holds.hold(claims, CALL)).rejects.toMatchObject({ code: 'budget_exceeded' });
    await expect(holds.hold([CLAIM], CALL)).rejects.toMatchObject({ code: 'budget_exceeded' });
  });
});

function keyOf({ scope, id, window }: MoneyClaim): Pick<MoneyClaim, 'scope' | 'id' | 'window'> {
  return { scope, id, window };
}
