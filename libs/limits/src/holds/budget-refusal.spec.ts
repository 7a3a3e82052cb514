import { DAY_MS } from '#libs/common';
import { budgetExceeded } from './budget-refusal.js';
import type { MoneyClaim } from './money-claims.js';

const AT_MS = Date.parse('2020-02-29T23:00:00.500Z');
const NOTHING = { spentPico: 0n, heldPico: 0n };

function aClaim(endMs: number): MoneyClaim {
  return {
    ...{ scope: 'key', id: 'first', shownId: 'present', capPico: 10n ** 12n },
    ...{ window: { startMs: AT_MS - DAY_MS, endMs }, duration: '1d', atMs: AT_MS },
  };
}

describe('the refusal of a budget', () => {
  it.each([
    ['a window that ends within a day', AT_MS + 3_599_500, 3_600],
    ['a window that ends in more than a day', AT_MS + DAY_MS + 1, undefined],
    ['a window without an end', Infinity, undefined],
  ])(
    'counts the time to another attempt from the instant of the request, in %s',
    (_, endMs, seconds) => {
      expect(budgetExceeded(aClaim(endMs), NOTHING, 422).retryAfterSeconds ?? undefined).toBe(
        seconds,
      );
    },
  );

  it('names the present id of the subject and the instants of its window', () => {
    const { message, details } = budgetExceeded(aClaim(AT_MS + 1_000), NOTHING, 422);
    expect(message).toContain('key present');
    expect(details).toMatchObject({
      budget: {
        id: 'present',
        window: { start: '2020-02-28T23:00:00.500Z' },
        resets_at: '2020-02-29T23:00:01.500Z',
      },
    });
  });
});
