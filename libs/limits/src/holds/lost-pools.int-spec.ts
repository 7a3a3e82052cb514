import { parseUsd } from '#libs/common';
import { PooledProcess } from '#support/pooled-process';
import { describeWithPostgres } from '#support/postgres';
import { describeWithRedis } from '#support/redis';
import { openSpend } from '#support/spend-harness';
import type { MoneyClaim } from './money-claims.js';

jest.setTimeout(120_000);

const CENT = 10_000_000_000n;
const CALL = { leastPico: CENT, mostPico: CENT };
/** Nothing ends with its time. */
const LEASE_SECONDS = 600;

const HELD = `SELECT sum(greatest(amount_usd, 0))::text AS held FROM budget_leases WHERE id = $1`;

let windows = 0;

function aClaim(cents: bigint): MoneyClaim {
  windows += 1;
  const id = `subject-${String(windows)}`;
  const window = { startMs: -Infinity, endMs: Infinity };
  const capPico = cents * CENT;
  return { scope: 'user', id, shownId: id, window, duration: null, atMs: Date.now(), capPico };
}

describeWithRedis('A pool in Redis that is lost long before its time', (redis) => {
  describeWithPostgres('and PostgreSQL', (postgres) => {
    let processes: readonly [PooledProcess, PooledProcess];
    let claim: MoneyClaim;

    beforeEach(async () => {
      const databaseUrl = await postgres().createDatabase();
      const open = async (): Promise<PooledProcess> => {
        const harness = await openSpend({ databaseUrl, leaseSeconds: LEASE_SECONDS });
        return new PooledProcess(harness, redis().url, harness.recorder, LEASE_SECONDS);
      };
      processes = [await open(), await open()];
      for (const process of processes) await process.redis.ready(5_000);
      const another = aClaim(1_000n);
      for (let call = 0; call < 3; call += 1) {
        for (const process of processes) await process.holds.hold([another], CALL);
      }
      claim = aClaim(100n);
    });
    afterEach(async () => {
      for (const process of processes) {
        await process.close();
        await process.harness.close();
      }
    });

    const held = async (): Promise<bigint> => {
      const [row] = await processes[0].harness.rows(HELD, [claim.id]);
      return parseUsd((row as { held: string }).held);
    };
    /** Returns how many of some calls at once are served, by one process or by some in turn. */
    const burst = async (
      calls: number,
      by: readonly PooledProcess[] = [processes[0]],
    ): Promise<number> => {
      const all = await Promise.allSettled(
        Array.from(
          { length: calls },
          async (_, call) => await by[call % by.length]?.holds.hold([claim], CALL),
        ),
      );
      return all.filter(({ status }) => status === 'fulfilled').length;
    };
    /** Each process has a tenth of its own after its first call. */
    const expectUsed = async (): Promise<void> => {
      const before = processes.map(({ served }) => served);
      for (let call = 0; call < 11; call += 1) {
        for (const process of processes) await process.holds.hold([claim], CALL);
      }
      for (const [place, { served }] of processes.entries()) {
        expect(served).toBeGreaterThan(before[place] ?? 0);
      }
    };
    const lose = async (how: string): Promise<void> => {
      if (how === 'emptied') await processes[0].redis.command(['FLUSHALL']);
      else await redis().kill();
      if (how === 'restarted with empty memory') await redis().resume();
    };

    it.each(['killed', 'emptied', 'restarted with empty memory'])(
      'is free at once when Redis is %s, also where the other process of the pool has no calls of the budget',
      async (how) => {
        expect(await burst(30)).toBe(30);
        expect(await held()).toBeGreaterThan(30n * CENT);
        await lose(how);
        expect(await burst(80)).toBe(70);
        expect(await held()).toBe(100n * CENT);
        if (how === 'killed') await redis().resume();
      },
    );

    it('is followed by one that serves all of a budget, after calls that found Redis gone', async () => {
      expect(await burst(20, processes)).toBe(20);
      await lose('killed');
      expect(await burst(20, processes)).toBe(20);
      await redis().resume();
      for (const process of processes) expect(await process.redis.ready(5_000)).toBe(true);
      claim = aClaim(100n);
      await expectUsed();
      expect(await burst(120, processes)).toBe(78);
      expect(await held()).toBe(100n * CENT);
    });

    it('is followed by one that is used, also when a look at a budget finds out first', async () => {
      expect(await burst(20, processes)).toBe(20);
      await lose('emptied');
      await processes[0].holds.look([claim]);
      claim = aClaim(100n);
      await expectUsed();
    });

    it('stays aside while a process is silent that may have taken out of it, and is never granted twice', async () => {
      const [, silent] = processes;
      for (let call = 0; call < 11; call += 1) {
        for (const process of processes) await process.holds.hold([claim], CALL);
      }
      silent.kill();
      await redis().kill();
      const served = await burst(90);
      expect(served).toBeGreaterThanOrEqual(60);
      expect(served).toBeLessThan(78);
      expect(await held()).toBeGreaterThanOrEqual(BigInt(22 + served) * CENT);
      expect(await held()).toBeLessThanOrEqual(100n * CENT);
      await redis().resume();
    });
  });
});
