import type { MoneyLimit } from '#libs/access';
import { formatUsd } from '#libs/common';
import { moneyClaimsOf } from './money-claims.js';

const SINCE = '2026-01-01T00:00:00.000Z';
const time = {
  calendar: { zone: 'UTC', resetTime: '00:00' },
  nowMs: Date.parse('2026-11-30T12:00:00.000Z'),
};

function capsOf(budgets: readonly (readonly [maxBudget: string, duration: string | null])[]) {
  const caps = budgets.map(([maxBudget, duration]): MoneyLimit => ({
    ...{ maxBudget, duration, since: SINCE },
  }));
  const claims = moneyClaimsOf(
    [{ scope: 'key', id: 'k', limits: { budgets: caps } }],
    { modelGroup: 'chat', bounds: new Map() },
    time,
  );
  return claims.map(({ capPico, duration }) => [Number(formatUsd(capPico)), duration]);
}

describe('the budgets that a request claims', () => {
  it.each<[string, (readonly [string, string | null])[], (readonly [number, string | null])[]]>([
    [
      'of a day in two spellings are the smaller one',
      [
        ['5', '1d'],
        ['2', '24h'],
      ],
      [[2, '24h']],
    ],
    [
      'of a month in two spellings are the smaller one',
      [
        ['2', '30d'],
        ['5', '1mo'],
      ],
      [[2, '30d']],
    ],
    [
      'of one duration twice are one',
      [
        ['3', '1h'],
        ['3', '1h'],
      ],
      [[3, '1h']],
    ],
    [
      'without an end are the smallest',
      [
        ['3', null],
        ['1', null],
        ['2', null],
      ],
      [[1, null]],
    ],
    [
      'of different windows are all',
      [
        ['3', '1h'],
        ['9', '1d'],
        ['4', null],
      ],
      [
        [3, '1h'],
        [9, '1d'],
        [4, null],
      ],
    ],
  ])('%s', (_what, budgets, expected) => {
    expect(capsOf(budgets)).toEqual(expected);
  });
});
