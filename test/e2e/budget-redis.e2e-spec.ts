import {
  CENT_CALL,
  startBudgetedGateways,
  WINDOW_STATES,
  type BudgetedGateways,
  type WindowState,
} from '#support/budgeted-gateways';
import { eventually } from '#support/eventually';
import { describeWithPostgres } from '#support/postgres';
import { describeWithRedis } from '#support/redis';

jest.setTimeout(120_000);

/** A lease of a second, the six seconds for which others count it beyond, and a slow machine. */
const GONE_MS = 20_000;

describeWithRedis('Budgets of two replicas with Redis', (redis) => {
  describeWithPostgres('and PostgreSQL', (postgres) => {
    let budgeted: BudgetedGateways;

    beforeAll(async () => {
      budgeted = await startBudgetedGateways({
        databaseUrl: await postgres().createDatabase(),
        replicas: 2,
        env: { REDIS_URL: redis().url },
      });
    });
    afterAll(async () => {
      await budgeted.stop();
    });

    const makeKey = async (): Promise<{ key: string; token: string }> => {
      const { json } = await budgeted.admin.post<{ key: string; token: string }>('/key/generate', {
        max_budget: 1,
      });
      return json;
    };
    const call = async (index: number, key: string): Promise<number> =>
      (await budgeted.caller(index, key).chat('hello', CENT_CALL)).status;
    /** Six clients call one after the other, then the rest at once. Returns how many calls were served. */
    const load = async (
      key: string,
      calls: { readonly inTurn: number; readonly atOnce: number },
      onServed: (served: number) => unknown = () => undefined,
    ): Promise<number> => {
      let next = 0;
      let served = 0;
      const one = async (index: number): Promise<void> => {
        const status = await call(index, key);
        expect([200, 422]).toContain(status);
        if (status !== 200) return;
        served += 1;
        await onServed(served);
      };
      const clients = Array.from({ length: 6 }, async (_, client) => {
        while (next++ < calls.inTurn) await one(client);
      });
      await Promise.all(clients);
      await Promise.all(Array.from({ length: calls.atOnce }, (_, index) => one(index)));
      return served;
    };
    const stateOf = async (token: string): Promise<WindowState | undefined> =>
      (await budgeted.rows<WindowState>(WINDOW_STATES, [[token]]))[0];
    const expectBooked = async (token: string, calls: number): Promise<void> => {
      expect(await budgeted.differences()).toEqual([]);
      expect((await stateOf(token))?.spent).toBeCloseTo(calls / 100, 10);
    };

    it('of 500 calls a budget for 100 serves exactly 100, in the books as upstream, and nothing stays held', async () => {
      const { key, token } = await makeKey();
      const before = budgeted.upstream.records.length;
      const samples: number[] = [];
      const served = await load(key, { inTurn: 140, atOnce: 360 }, async () => {
        const { spent = 0, held = 0 } = (await stateOf(token)) ?? {};
        samples.push(spent + held);
      });
      expect([served, budgeted.upstream.records.length - before]).toEqual([100, 100]);
      expect(Math.max(...samples)).toBeLessThanOrEqual(1);
      await expectBooked(token, 100);
      await eventually(async () => {
        expect((await stateOf(token))?.held).toBe(0);
      }, GONE_MS);
      const pools = await budgeted.rows('SELECT holder FROM budget_holders WHERE moved_number > 0');
      expect(pools).toHaveLength(2);
    });

    it.each(['killed', 'restarted with empty memory'])(
      'when Redis is %s in the middle, of 500 calls exactly 100 are served',
      async (how) => {
        const { key, token } = await makeKey();
        const served = await load(key, { inTurn: 140, atOnce: 360 }, async (count) => {
          if (count !== 30) return;
          await redis().kill();
          if (how !== 'killed') await redis().resume();
        });
        expect(served).toBe(100);
        expect(await load(key, { inTurn: 6, atOnce: 6 })).toBe(0);
        await expectBooked(token, 100);
        if (how === 'killed') await redis().resume();
      },
    );
  });
});
