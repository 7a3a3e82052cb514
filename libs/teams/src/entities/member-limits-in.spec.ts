import type { Limits } from '#libs/access';
import { memberLimitsIn } from './member-limits-in.js';

const since = '2026-01-01T00:00:00.000Z';
const capOf = (maxBudget: string, duration: string | null = null): Limits => ({
  budgets: [{ maxBudget, duration, since }],
  hasMainBudget: true,
});
const restarts = [{ at: since, spent: '0' }];
const members: Limits = { ...capOf('10', '30d'), requestsPerMinute: 5, tokensPerMinute: 50 };

describe('the limits of a member of a team', () => {
  it.each<[string, Limits, Limits]>([
    ['are those of the team where it has none', {}, members],
    [
      'are its own rates and the budget of the team',
      { requestsPerMinute: 1 },
      { ...members, requestsPerMinute: 1 },
    ],
    [
      'are its own tokens and the requests of the team',
      { tokensPerMinute: 0 },
      { ...members, tokensPerMinute: 0 },
    ],
    [
      'are its own budget and the rates of the team',
      capOf('20', '1d'),
      { ...members, ...capOf('20', '1d') },
    ],
    [
      'have the duration of the team for an amount without one',
      capOf('20'),
      { ...members, ...capOf('20', '30d') },
    ],
    [
      'have the amount of the team within its own duration',
      { duration: { duration: '7d', since } },
      { ...members, ...capOf('10', '7d'), duration: { duration: '7d', since } },
    ],
    [
      'have the answer about models without a price that it has itself',
      { unpricedModels: 'deny' },
      { ...members, unpricedModels: 'deny' },
    ],
    ['are those of the team after a reset', { restarts }, { ...members, restarts }],
  ])('%s', (_what, own, expected) => {
    const limits = memberLimitsIn({ requestsPerMinute: 99, members }, own);
    expect(limits).toEqual(expected);
    expect(memberLimitsIn({ members }, own)).toBe(limits);
  });

  it('are its own where the team has none for its members', () => {
    const own = capOf('1');
    expect(memberLimitsIn({ requestsPerMinute: 1 }, own)).toBe(own);
    expect(memberLimitsIn(undefined, own)).toBe(own);
    expect(memberLimitsIn({ members: { duration: { duration: '1d', since } } }, own)).toMatchObject(
      capOf('1', '1d'),
    );
  });
});
