import fc from 'fast-check';
import { allot, type RateAsk, type RateDemand } from './rate-ledger.js';

const COUNTERS = ['a', 'b', 'c'] as const;

const anAsk = (counter: string): fc.Arbitrary<RateAsk & { readonly left: number }> =>
  fc.record({
    counter: fc.constant(counter),
    limit: fc.integer({ min: 0, max: 200 }),
    heldSlots: fc.constant(null),
    inHand: fc.integer({ min: 0, max: 20 }),
    want: fc.integer({ min: 0, max: 50 }),
    left: fc.integer({ min: -20, max: 200 }),
  });

const requests = fc.array(
  fc
    .uniqueArray(fc.constantFrom(...COUNTERS), { minLength: 1 })
    .chain((counters) =>
      fc.tuple(
        ...counters.map((counter) =>
          fc.record({ counter: fc.constant(counter), amount: fc.integer({ min: 1, max: 9 }) }),
        ),
      ),
    ),
  { maxLength: 40 },
);

const sumOf = (admitted: readonly (readonly RateDemand[])[], counter: string): number =>
  admitted
    .flat()
    .reduce((sum, demand) => sum + (demand.counter === counter ? demand.amount : 0), 0);

describe('the allotment of an exchange', () => {
  it('grants what the admitted requests need, never more than is left, and spares nothing near the limit', () => {
    fc.assert(
      fc.property(fc.tuple(anAsk('a'), anAsk('b'), anAsk('c')), requests, (asks, demands) => {
        const left = new Map(asks.map((ask) => [ask.counter, ask.left]));
        const { admitted, granted } = allot(asks, demands, left);
        const taken = demands.filter((_demand, index) => admitted[index]);
        for (const ask of asks) {
          const units = granted.get(ask.counter) ?? 0;
          expect(units).toBeLessThanOrEqual(Math.max(0, ask.left));
          expect(sumOf(taken, ask.counter)).toBeLessThanOrEqual(ask.inHand + units);
          const needed = Math.max(0, sumOf(taken, ask.counter) - ask.inHand);
          if (2 * (ask.left - needed) < ask.limit) expect(units).toBe(needed);
        }
      }),
    );
  });

  it('decides in order, and refuses a request only when something it takes is not left', () => {
    fc.assert(
      fc.property(fc.tuple(anAsk('a'), anAsk('b'), anAsk('c')), requests, (asks, demands) => {
        const left = new Map(asks.map((ask) => [ask.counter, ask.left]));
        const { admitted } = allot(asks, demands, left);
        demands.forEach((request, index) => {
          const before = demands.slice(0, index).filter((_one, place) => admitted[place]);
          const fits = asks.every(({ counter, inHand }) => {
            const all = inHand + Math.max(0, left.get(counter) ?? 0);
            const amount = sumOf([request], counter);
            return amount === 0 || sumOf(before, counter) + amount <= all;
          });
          expect(admitted[index]).toBe(fits);
        });
      }),
    );
  });
});
