import { DAY_MS, type GatehouseError } from '#libs/common';
import { budgetExceeded } from './budget-refusal.js';
import type { HoldRange } from './hold-queue.js';
import type { MoneyClaim } from './money-claims.js';
import type { WindowState } from './window-state.js';

const AT_MS = Date.parse('2020-02-29T23:00:00.500Z');
const NOTHING: WindowState = { spentPico: 0n, heldPico: 0n, setAsidePico: 0n };
const CENT = 10_000_000_000n;
const CALL: HoldRange = { leastPico: CENT, mostPico: CENT };

function aClaim(endMs: number): MoneyClaim {
  return {
    ...{ scope: 'key', id: 'first', shownId: 'present', capPico: 10n ** 12n },
    ...{ window: { startMs: AT_MS - DAY_MS, endMs }, duration: '1d', atMs: AT_MS },
  };
}

function refusalOf(
  claim: MoneyClaim,
  state: WindowState = NOTHING,
  range: HoldRange = CALL,
): GatehouseError {
  return budgetExceeded({ claim, state, range }, 422);
}

describe('the refusal of a budget', () => {
  it.each([
    ['a window that ends within a day', AT_MS + 3_599_500, 3_600],
    ['a window that ends in more than a day', AT_MS + DAY_MS + 1, undefined],
    ['a window without an end', Infinity, undefined],
  ])(
    'counts the time to another attempt from the instant of the request, in %s',
    (_, endMs, seconds) => {
      const { retryAfterSeconds } = refusalOf(aClaim(endMs));
      expect(retryAfterSeconds ?? undefined).toBe(seconds);
    },
  );

  it('names the present id of the subject and the instants of its window', () => {
    const { message, details } = refusalOf(aClaim(AT_MS + 1_000));
    expect(message).toContain('key present');
    expect(details).toMatchObject({
      budget: {
        id: 'present',
        window: { start: '2020-02-28T23:00:00.500Z' },
        resets_at: '2020-02-29T23:00:01.500Z',
      },
    });
  });

  it('names what is spent, held and set aside, and what is left of it is less than the call requires', () => {
    const state = { spentPico: 97n * CENT, heldPico: 2n * CENT, setAsidePico: CENT / 2n };
    const { message, details } = refusalOf(aClaim(Infinity), state);
    expect(details).toMatchObject({
      budget: { limit: '1', spent: '0.97', held: '0.02', set_aside: '0.005', required: '0.01' },
    });
    expect(message).toBe(
      'Budget exceeded for key present: of 1 US dollars, 0.97 are spent, 0.02 are held for calls that run and ' +
        '0.005 are set aside by other replicas. 0.005 are left, and the call may cost 0.01.',
    );
  });

  it('names what was spent before the window restarted, which changes nothing of what is left', () => {
    const claim = { ...aClaim(Infinity), carriedPico: CENT };
    const { message, details } = refusalOf(claim, { ...NOTHING, spentPico: 101n * CENT });
    expect(details).toMatchObject({
      budget: { limit: '1.01', spent: '1.02', held: '0', set_aside: '0' },
    });
    expect(message).toContain('1.02 are spent and 0 are held for calls that run. 0 are left,');
  });

  it('says of a call without a bound what it needs at least', () => {
    const range = { leastPico: CENT, mostPico: 5n * CENT };
    const { message } = refusalOf(aClaim(Infinity), { ...NOTHING, spentPico: 100n * CENT }, range);
    expect(message).toContain('0 are left, and the call needs at least 0.01.');
  });
});
