import type { RateClaim } from './rate-claims.js';
import type { RateExchange, RateExchanged, RateLedger } from './rate-ledger.js';
import { SharedCounters } from './shared-counters.js';

const aClaim = (counter: string): RateClaim => ({
  ...{ counter, scope: 'deployment', id: counter, model: null },
  ...{ type: 'max_parallel_requests', limit: 1, amount: 1 },
});

/** A ledger in which other processes have taken everything. */
const FULL: RateLedger = {
  exchange: ({ asks, requests }: RateExchange): Promise<RateExchanged> =>
    Promise.resolve({
      grants: asks.map(({ counter }) => ({ counter, granted: 0, cell: 0, used: 1, leaving: [] })),
      admitted: requests.map(() => false),
      replicas: 2,
    }),
  leave: () => Promise.resolve(),
};

describe('counters that processes share', () => {
  // A timer of the class would end the wait after a second.
  beforeEach(() =>
    jest.useFakeTimers({ doNotFake: ['performance', 'queueMicrotask', 'nextTick'] }),
  );
  afterEach(() => jest.useRealTimers());

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'answer a question that comes %i turns after the answer to another',
    async (turns) => {
      const counters = new SharedCounters(FULL);
      expect(await counters.look([aClaim('a')])).not.toBeNull();
      for (let turn = 1; turn < turns; turn += 1) await Promise.resolve();
      let answered = false;
      void Promise.resolve(counters.look([aClaim('b')])).then(() => (answered = true));
      for (let turn = 0; turn < 200; turn += 1) await Promise.resolve();
      expect(answered).toBe(true);
      await counters.onModuleDestroy();
    },
  );
});
