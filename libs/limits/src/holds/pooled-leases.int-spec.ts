import { parseUsd, type GatehouseError } from '#libs/common';
import { eventually } from '#support/eventually';
import { stopWatch } from '#support/lease-processes';
import { PooledProcess } from '#support/pooled-process';
import { describeWithPostgres } from '#support/postgres';
import { describeWithRedis } from '#support/redis';
import { openSpend } from '#support/spend-harness';
import type { MoneyClaim } from './money-claims.js';

jest.setTimeout(120_000);

const CENT = 10_000_000_000n;
const CALL = { leastPico: CENT, mostPico: CENT };
/** A lease of a second, and the six seconds for which others count it beyond. */
const GONE_MS = 20_000;

/** What PostgreSQL has of a window now. */
const STATE = `SELECT w.spent_usd::text AS spent, coalesce((
    SELECT sum(greatest(l.amount_usd, 0)) FROM budget_leases l
    WHERE (l.scope, l.id, l.window_start, l.window_end) = (w.scope, w.id, w.window_start, w.window_end)
    ), 0)::text AS held
  FROM budget_windows w WHERE w.id = $1`;

let windows = 0;

/** A claim of a window of its own, without an end. */
function aClaim(cents: bigint, scope: MoneyClaim['scope'] = 'user'): MoneyClaim {
  windows += 1;
  const id = `subject-${String(windows)}`;
  const window = { startMs: -Infinity, endMs: Infinity };
  return {
    scope,
    id,
    shownId: id,
    window,
    duration: null,
    atMs: Date.now(),
    capPico: cents * CENT,
  };
}

describeWithRedis('Holding money with a pool in Redis', (redis) => {
  describeWithPostgres('and PostgreSQL', (postgres) => {
    let first: PooledProcess;
    let second: PooledProcess;

    beforeEach(async () => {
      const databaseUrl = await postgres().createDatabase();
      [first, second] = [
        new PooledProcess(await openSpend({ databaseUrl, leaseSeconds: 1 }), redis().url),
        new PooledProcess(await openSpend({ databaseUrl, leaseSeconds: 1 }), redis().url),
      ];
      expect([await first.redis.ready(5_000), await second.redis.ready(5_000)]).toEqual([
        true,
        true,
      ]);
      // The first requests of a process make the pool known to it.
      await load([aClaim(100n)], 20);
    });
    afterEach(async () => {
      for (const process of [first, second]) {
        await process.close();
        await process.harness.close();
      }
    });

    const stateOf = async ({ id }: MoneyClaim): Promise<{ spent: bigint; held: bigint }> => {
      const [row] = (await first.harness.rows(STATE, [id])) as { spent: string; held: string }[];
      return {
        spent: parseUsd(row?.spent ?? '0'),
        held: parseUsd(row?.held ?? '0'),
      };
    };
    const flush = (): Promise<unknown> =>
      Promise.all([first.harness.recorder.flush(), second.harness.recorder.flush()]);
    /** Clients of both processes call one after the other. Returns how many calls were served. */
    const load = async (
      claims: readonly MoneyClaim[],
      calls: number,
      onServed: (served: number) => unknown = () => undefined,
    ): Promise<number> => {
      let next = 0;
      let served = 0;
      const clients = Array.from({ length: 6 }, async (_, client) => {
        const process = client % 2 === 0 ? first : second;
        while (next++ < calls) {
          try {
            const hold = await process.holds.hold(claims, CALL);
            served += 1;
            await onServed(served);
            process.end(hold, CENT);
          } catch {
            // Refused.
          }
        }
      });
      await Promise.all(clients);
      return served;
    };
    const expectBooked = async (claim: MoneyClaim, calls: number): Promise<void> => {
      await flush();
      expect((await stateOf(claim)).spent).toBe(BigInt(calls) * CENT);
      expect((await first.harness.reconciler.run()).differences).toEqual([]);
    };

    it('serves exactly 100 of 500 calls through two processes, most of them without PostgreSQL', async () => {
      const claims = [aClaim(100n), aClaim(1_000n, 'team')];
      const [claim] = claims;
      if (claim === undefined) throw new Error('no claim');
      const samples: bigint[] = [];
      const before = first.served + second.served;
      const served = await load(claims, 140, async () => {
        const { spent, held } = await stateOf(claim);
        samples.push(spent + held);
      });
      const refused = await Promise.allSettled(
        Array.from(
          { length: 360 },
          async (_, index) => await (index % 2 === 0 ? first : second).holds.hold(claims, CALL),
        ),
      );
      expect([served, refused.filter(({ status }) => status === 'rejected').length]).toEqual([
        100, 360,
      ]);
      expect(first.served + second.served - before).toBeGreaterThan(10);
      expect(samples.filter((one) => one > 100n * CENT)).toEqual([]);
      await expectBooked(claim, 100);
      expect((await first.holds.look([claim]))[0]).toMatchObject({ heldPico: 0n });
    });

    it('shows what is in the pool as what is left', async () => {
      // A pool ends a second after its first lease, so that one look may come too late for it.
      await eventually(async () => {
        const claim = aClaim(100n);
        const hold = await first.holds.hold([claim], CALL);
        const [[own], [other]] = await Promise.all([
          first.holds.look([claim]),
          second.holds.look([claim]),
        ]);
        const { held } = await stateOf(claim);
        hold.release(0n);
        // The lease of the process and that of the pool are ten cents each.
        expect(held).toBe(20n * CENT);
        expect(own).toMatchObject({ heldPico: CENT, setAsidePico: 0n, leftPico: 99n * CENT });
        expect(other).toMatchObject({
          ...{ spentPico: 0n, heldPico: 0n },
          ...{ setAsidePico: 10n * CENT, leftPico: 90n * CENT },
        });
      }, 30_000);
    });

    it('knows in both processes what is spent and held, in refusals too, and what the other has set aside', async () => {
      const claim = aClaim(20n);
      expect(await load([claim], 12)).toBe(12);
      const [one, other] = [
        await first.holds.hold([claim], CALL),
        await second.holds.hold([claim], { leastPico: 3n * CENT, mostPico: 3n * CENT }),
      ];
      await flush();
      await eventually(async () => {
        expect(await first.holds.look([claim])).toMatchObject([
          { spentPico: 12n * CENT, heldPico: CENT, setAsidePico: 3n * CENT, leftPico: 4n * CENT },
        ]);
        expect(await second.holds.look([claim])).toMatchObject([
          { spentPico: 12n * CENT, heldPico: 3n * CENT, setAsidePico: CENT, leftPico: 4n * CENT },
        ]);
      }, 10_000);
      const tooMuch = { leastPico: 5n * CENT, mostPico: 5n * CENT };
      const refusal = await Promise.resolve(first.holds.hold([claim], tooMuch)).catch(
        (error: unknown) => (error as GatehouseError).details,
      );
      const { budget } = refusal as { budget: Record<string, string> };
      expect(budget).toMatchObject({ limit: '0.2', spent: '0.12', held: '0.01', required: '0.05' });
      expect(Number(budget['set_aside'])).toBeGreaterThanOrEqual(0.03);
      expect(Number(budget['set_aside'])).toBeLessThanOrEqual(0.07);
      for (const hold of [one, other]) hold.release(0n);
      await eventually(async () => {
        for (const { holds } of [first, second]) {
          expect(await holds.look([claim])).toMatchObject([
            { spentPico: 12n * CENT, heldPico: 0n, setAsidePico: 0n, leftPico: 8n * CENT },
          ]);
        }
      }, 10_000);
    });

    it('does not go below a cap that was lowered while the pool had more', async () => {
      const claim = aClaim(100n);
      expect(await load([claim], 30)).toBe(30);
      const lowered = { ...claim, capPico: 40n * CENT };
      expect(await load([lowered], 40)).toBe(10);
      await expectBooked(claim, 40);
    });

    it.each(['killed', 'restarted with empty memory'])(
      'exceeds nothing when Redis is %s, and what is left can be spent once the pool has ended',
      async (how) => {
        const claim = aClaim(100n);
        const served = await load([claim], 150, async (count) => {
          if (count !== 40) return;
          await redis().kill();
          if (how !== 'killed') await redis().resume();
        });
        // The pool never has more than two tenths of the cap.
        expect(served).toBeGreaterThanOrEqual(80);
        expect(served).toBeLessThanOrEqual(100);
        await expectBooked(claim, served);
        let more = 0;
        await eventually(async () => {
          more += await load([claim], 10);
          expect(served + more).toBe(100);
        }, GONE_MS);
        expect(await load([claim], 6)).toBe(0);
        await expectBooked(claim, 100);
        if (how === 'killed') await redis().resume();
      },
    );

    it('has all money that a process took from the pool again after the lease, when the process was killed', async () => {
      const claim = aClaim(100n);
      expect(await load([claim], 50)).toBe(50);
      for (let held = 0; held < 3; held += 1) await second.holds.hold([claim], CALL);
      second.kill();
      await stopWatch(second.harness);
      await flush();
      let served = 50;
      await eventually(async () => {
        served += await load([claim], 10);
        expect(served).toBe(100);
      }, GONE_MS);
      await expectBooked(claim, 100);
      await eventually(async () => {
        expect((await stateOf(claim)).held).toBe(0n);
      }, GONE_MS);
    });
  });
});
