import type { Limits } from '#libs/access';
import { completedLimits } from './completed-limits.js';

const since = '2026-01-01T00:00:00.000Z';
const cap = (maxBudget: string, duration: string | null = null) => ({ maxBudget, duration, since });
const named: Limits = {
  budgets: [cap('10', '1d'), cap('100', '1mo')],
  hasMainBudget: true,
  requestsPerMinute: 5,
};

describe('the limits of a row that names a budget', () => {
  it.each<[string, Limits, Limits]>([
    ['are those of the budget where it has none', {}, named],
    ['are its own where it has some', { requestsPerMinute: 1 }, { ...named, requestsPerMinute: 1 }],
    [
      'have its own main budget and the further ones of the budget',
      { budgets: [cap('1')], hasMainBudget: true },
      { ...named, budgets: [cap('1'), cap('100', '1mo')] },
    ],
    [
      'have its own further budgets and the main one of the budget',
      { budgets: [cap('7', '1h')] },
      { ...named, budgets: [cap('10', '1d'), cap('7', '1h')] },
    ],
    [
      'have the amount of the budget within its own duration',
      { duration: { duration: '7d', since } },
      {
        ...named,
        duration: { duration: '7d', since },
        budgets: [cap('10', '7d'), cap('100', '1mo')],
      },
    ],
  ])('%s', (_what, own, expected) => {
    const row = { budgetId: 'gold', ...own };
    const completed = completedLimits(row, named);
    expect(completed).toEqual({ budgetId: 'gold', ...expected });
    expect(completedLimits(row, named)).toBe(completed);
  });
});
