import fc from 'fast-check';
import { LocalCounters } from './local-counters.js';
import type { RateClaim, RateType } from './rate-claims.js';

const WINDOW_MS = 60_000;
const LONGEST_MS = 60_100;

function aClaim(type: RateType, limit: number, amount = 1, counter: string = type): RateClaim {
  return { counter, scope: 'team', id: 'research', model: null, type, limit, amount };
}

/** Counters with a clock that stands still until it is moved. */
function counters(): { at: (nowMs: number) => LocalCounters } {
  let now = 0;
  const all = new LocalCounters(() => now);
  return {
    at: (nowMs) => {
      now = nowMs;
      return all;
    },
  };
}

/** Sum of what was admitted after an instant and until another. */
function sumBetween(
  admitted: readonly (readonly [number, number])[],
  from: number,
  to: number,
): number {
  return admitted.reduce((sum, [at, amount]) => sum + (at > from && at <= to ? amount : 0), 0);
}

const pauses = fc.array(
  fc.record({
    pauseMs: fc.oneof(
      fc.constant(0),
      fc.integer({ min: 0, max: 400 }),
      fc.integer({ min: 0, max: 70_000 }),
    ),
    amount: fc.integer({ min: 1, max: 4 }),
  }),
  { maxLength: 120 },
);

describe('the counters of one process', () => {
  it('never admit more than the limit in any 60 seconds, and refuse nothing that fits with the last 60.1', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        pauses,
        (limit, startMs, calls) => {
          const { at } = counters();
          const admitted: (readonly [number, number])[] = [];
          let now = startMs;
          for (const { pauseMs, amount } of calls) {
            now += pauseMs;
            const { ticket } = at(now).take([aClaim('requests', limit, amount)]);
            if (ticket !== null) {
              admitted.push([now, amount]);
              expect(sumBetween(admitted, now - WINDOW_MS, now)).toBeLessThanOrEqual(limit);
            } else {
              expect(sumBetween(admitted, now - LONGEST_MS, now) + amount).toBeGreaterThan(limit);
            }
          }
        },
      ),
    );
  });

  it('say exactly when a refused request fits, if nothing else comes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), pauses, (limit, calls) => {
        const { at } = counters();
        let now = 0;
        for (const { pauseMs } of calls) {
          now += pauseMs;
          const { refusal } = at(now).take([aClaim('requests', limit)]);
          if (refusal === null) continue;
          const waitMs = refusal.waitMs ?? Number.NaN;
          expect(at(now + waitMs - 1).look([aClaim('requests', limit)])).not.toBeNull();
          expect(at(now + waitMs).look([aClaim('requests', limit)])).toBeNull();
          at(now);
        }
      }),
    );
  });

  it('count a request against all of its limits or against none', () => {
    const { at } = counters();
    const team = aClaim('requests', 10, 1, 'team');
    const user = aClaim('requests', 2, 1, 'user');
    const results = Array.from({ length: 5 }, () => at(0).take([team, user]));
    expect(results.map(({ ticket }) => ticket !== null)).toEqual([true, true, false, false, false]);
    expect(results.at(-1)?.refusal?.claim).toBe(user);
    expect(at(0).used(team)).toBe(2);
  });

  it('name the limit that lasts longest, and one that is smaller than the request before all', () => {
    const { at } = counters();
    at(0).take([aClaim('requests', 5, 1, 'early')]);
    at(30_000).take([aClaim('requests', 5, 1, 'late')]);
    const claims = [aClaim('requests', 1, 1, 'early'), aClaim('requests', 1, 1, 'late')];
    expect(at(40_000).look(claims)?.claim.counter).toBe('late');
    const tooLarge = aClaim('tokens', 100, 101);
    expect(at(40_000).look([...claims, tooLarge])).toMatchObject({ claim: tooLarge, waitMs: null });
  });

  it('hold a slot while a request runs, and no longer', () => {
    const { at } = counters();
    const claim = aClaim('max_parallel_requests', 2);
    const first = at(0).take([claim]).ticket;
    const second = at(0).take([claim]).ticket;
    expect(at(10 * WINDOW_MS).take([claim]).refusal).toMatchObject({ remaining: 0, waitMs: null });
    first?.release(0);
    expect(at(10 * WINDOW_MS).look([claim])).toBeNull();
    second?.cancel();
    expect(at(10 * WINDOW_MS).used(claim)).toBe(0);
  });

  it('put the tokens that were used in the place of what was expected', () => {
    const { at } = counters();
    const claim = aClaim('tokens', 100, 60);
    at(0).take([claim]).ticket?.release(10);
    expect(at(0).used(claim)).toBe(10);
    at(0).take([claim]).ticket?.release(90);
    expect(at(0).used(claim)).toBe(100);
    expect(at(50_000).take([claim]).refusal).toMatchObject({ remaining: 0 });
  });

  it('count the tokens that a long stream used beyond what was expected from its end on', () => {
    const { at } = counters();
    const claim = aClaim('tokens', 100, 60);
    const { ticket } = at(0).take([claim]);
    at(90_000);
    ticket?.release(80);
    expect(at(90_000).used(claim)).toBe(20);
    expect(at(149_900).used(claim)).toBe(20);
    expect(at(150_100).used(claim)).toBe(0);
  });

  it('count a request that was taken back against nothing', () => {
    const { at } = counters();
    const claims = [
      aClaim('requests', 1),
      aClaim('tokens', 10, 10),
      aClaim('max_parallel_requests', 1),
    ];
    for (let call = 0; call < 20; call += 1) at(call).take(claims).ticket?.cancel();
    expect(at(20).look(claims)).toBeNull();
  });

  it('never admit under a limit of zero', () => {
    const { at } = counters();
    expect(at(0).take([aClaim('requests', 0)]).refusal).toMatchObject({ waitMs: null });
    expect(at(1e9).take([aClaim('max_parallel_requests', 0)]).refusal).not.toBeNull();
  });
});
