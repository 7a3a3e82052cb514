import { formatUsd, type GatehouseError } from '#libs/common';
import { describeOnEachDatabase } from '#support/each-database';
import { eventually } from '#support/eventually';
import { holdsOf } from '#support/lease-processes';
import { emptyLedger, openSpend, type SpendHarness } from '#support/spend-harness';
import type { HoldRange } from './hold-queue.js';
import type { MoneyClaim } from './money-claims.js';
import type { MoneyHold } from './money-holds.js';

const CENT = 10_000_000_000n;
const CALL: HoldRange = { leastPico: CENT, mostPico: CENT };

/** A claim of a window without an end. */
function aClaim(cents = 100n, scope: MoneyClaim['scope'] = 'user', id = 'alice'): MoneyClaim {
  const window = { startMs: -Infinity, endMs: Infinity };
  const ids = { scope, id, shownId: id };
  return { ...ids, window, duration: null, atMs: Date.now(), capPico: cents * CENT };
}

function amountOf(cents: bigint): HoldRange {
  return { leastPico: cents * CENT, mostPico: cents * CENT };
}

/** The budget that a refusal names. */
async function refusalOf(hold: MoneyHold | Promise<MoneyHold>): Promise<unknown> {
  const refused = Promise.resolve(hold).then(() => new Error('not refused'));
  const { details } = (await refused.catch((error: unknown) => error)) as GatehouseError;
  return details['budget'];
}

const BOOK = [
  'UPDATE budget_windows SET spent_usd = spent_usd + $1 WHERE scope = $2 AND id = $3',
  'UPDATE budget_leases SET amount_usd = amount_usd - $1 WHERE scope = $2 AND id = $3 AND holder = $4',
];

describeOnEachDatabase('What is known of the money of a window', (freshDatabase) => {
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

  /** Does what the ledger does with the cost of a call that was held in one window. */
  const book = (
    { scope, id }: MoneyClaim,
    processId: string,
    costPico: bigint,
  ): Promise<unknown> => {
    const parameters = [formatUsd(costPico), scope, id];
    return harness.database.write(async ({ manager }) => {
      await manager.query(String(BOOK[0]), parameters);
      await manager.query(String(BOOK[1]), [...parameters, processId]);
    });
  };

  it('counts nothing as held after the last call, also where a lease is left of it', async () => {
    const { holds } = holdsOf(harness);
    const claim = aClaim(4n);
    (await holds.hold([claim], CALL)).release(CENT);
    (await holds.hold([claim], amountOf(3n))).release(CENT);
    expect(await refusalOf(holds.hold([claim], amountOf(3n)))).toMatchObject({
      ...{ limit: '0.04', spent: '0.02', held: '0', set_aside: '0', required: '0.03' },
    });
    expect(await holds.look([claim])).toMatchObject([
      { spentPico: 2n * CENT, heldPico: 0n, setAsidePico: 0n, leftPico: 2n * CENT },
    ]);
  });

  it('counts what a call has cost beyond what was held as spent, before it is booked and after', async () => {
    const { holds, processId } = holdsOf(harness);
    const claim = aClaim(4n);
    (await holds.hold([claim], CALL)).release(3n * CENT);
    const expected = [{ spentPico: 3n * CENT, heldPico: 0n, setAsidePico: 0n, leftPico: CENT }];
    expect(await holds.look([claim])).toMatchObject(expected);
    await book(claim, processId, 3n * CENT);
    expect(await holds.look([claim])).toMatchObject(expected);
    expect(await refusalOf(holds.hold([claim], amountOf(2n)))).toMatchObject({
      ...{ spent: '0.03', held: '0', set_aside: '0', required: '0.02' },
    });
    expect((await holds.hold([claim], CALL)).heldPico).toBe(CENT);
  });

  it('knows what is spent and held at any instant of a load', async () => {
    const { holds } = holdsOf(harness);
    const claim = aClaim();
    let [spentPico, heldPico] = [0n, 0n];
    const load = Array.from({ length: 8 }, async (_, client) => {
      for (let call = 0; call < 20; call += 1) {
        const own = aClaim(100n, 'key', `${String(client)}-${String(call)}`);
        const hold = await holds.hold([own, claim], CALL);
        heldPico += CENT;
        // Others run meanwhile.
        await holds.look([own]);
        heldPico -= CENT;
        spentPico += CENT / 4n;
        hold.release(CENT / 4n);
      }
    });
    const ended = Promise.all(load).then(() => true);
    const looks: unknown[] = [];
    while (!(await Promise.race([ended, holds.look([claim]).then(() => false)]))) {
      const [before, [state]] = [spentPico, await holds.look([claim])];
      if (state === undefined) throw new Error('no state');
      looks.push(state);
      expect(state.spentPico >= before && state.spentPico <= spentPico).toBe(true);
      expect(state.heldPico <= 8n * CENT).toBe(true);
      expect(state.setAsidePico).toBe(0n);
    }
    expect(looks.length).toBeGreaterThan(5);
    expect(await holds.look([claim])).toMatchObject([{ spentPico, heldPico }]);
  });

  it('calls what another process has leased set aside, until that one has not used it for seconds', async () => {
    const [first, second] = [holdsOf(harness).holds, holdsOf(harness).holds];
    const claim = aClaim();
    const hold = await first.hold([claim], CALL);
    expect(await second.look([claim])).toMatchObject([
      { spentPico: 0n, heldPico: 0n, setAsidePico: 10n * CENT, leftPico: 90n * CENT },
    ]);
    await eventually(async () => {
      expect(await second.look([claim])).toMatchObject([{ setAsidePico: CENT }]);
    }, 10_000);
    expect(await first.look([claim])).toMatchObject([
      { spentPico: 0n, heldPico: CENT, setAsidePico: 0n, leftPico: 99n * CENT },
    ]);
    hold.release(0n);
    await eventually(async () => {
      expect(await second.look([claim])).toMatchObject([{ setAsidePico: 0n }]);
    }, 10_000);
  });

  it('names as spent what calls have cost that is not booked yet, and as held what runs', async () => {
    const { holds } = holdsOf(harness);
    const claim = aClaim(10n);
    const held = Array.from({ length: 10 }, async () => holds.hold([claim], CALL));
    for (const hold of (await Promise.all(held)).slice(0, 7)) hold.release(CENT);
    expect(await refusalOf(holds.hold([claim], CALL))).toMatchObject({
      ...{ limit: '0.1', spent: '0.07', held: '0.03', set_aside: '0', required: '0.01' },
    });
  });
});
