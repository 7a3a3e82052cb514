import fc from 'fast-check';
import type { Limits } from '#libs/access';
import { parseUsd } from '#libs/common';
import {
  mailSubjectOf,
  mailTextOf,
  sentenceOf,
  webhookPayloadOf,
  type SentAlert,
} from './alert-message.js';
import { reachedThreshold, watchedBudgetsOf } from './watched-budgets.js';

const UTC = { zone: 'UTC', resetTime: '00:00' };
const NOW = Date.parse('2026-03-15T10:00:00Z');
const SINCE = '2026-01-01T00:00:00.000Z';
const month = {
  startMs: Date.parse('2026-03-01T00:00:00Z'),
  endMs: Date.parse('2026-04-01T00:00:00Z'),
};
const forever = { startMs: -Infinity, endMs: Infinity };
const key = { scope: 'key', id: 'k' } as const;
const watched = (limits: Limits) =>
  watchedBudgetsOf({ ...key, limits }, { calendar: UTC, nowMs: NOW });

describe('the budgets that alerts watch', () => {
  it('are max_budget, the caps beside it and the soft budget, each in its present window', () => {
    const limits: Limits = {
      budgets: [
        { maxBudget: '10', duration: '1mo', since: SINCE },
        { maxBudget: '3', duration: null, since: SINCE },
      ],
      hasMainBudget: true,
      softBudget: '5',
      temporaryIncrease: { amount: '2', until: '2026-03-16T00:00:00.000Z' },
    };
    const soft = { ...key, kind: 'soft_budget', window: month, amount: parseUsd('5'), carried: 0n };
    expect(watched(limits)).toEqual([
      { ...key, kind: 'max_budget', window: month, amount: parseUsd('12'), carried: 0n },
      { ...key, kind: 'budget_limits', window: forever, amount: parseUsd('3'), carried: 0n },
      soft,
    ]);
    expect(watched({ softBudget: '5', duration: { duration: '1mo', since: SINCE } })).toEqual([
      soft,
    ]);
    const isOver = { amount: '2', until: SINCE };
    expect(watched({ ...limits, temporaryIncrease: isOver })[0]?.amount).toBe(parseUsd('10'));
    expect(watched({ requestsPerMinute: 5 })).toEqual([]);
  });

  it('have reached the highest percentage exactly when no less than it was spent', () => {
    const budget = { kind: 'max_budget', amount: parseUsd('0.3') } as const;
    const reached = (usd: string) => reachedThreshold(budget, parseUsd(usd), [50, 80, 100]);
    expect([reached('0'), reached('0.149999999999'), reached('0.15')]).toEqual([null, null, 50]);
    expect(reached('0.24')).toBe(80);
    expect(reached('9')).toBe(100);
    const soft = { kind: 'soft_budget', amount: parseUsd('0.3') } as const;
    expect(reachedThreshold(soft, parseUsd('0.299'), [50])).toBeNull();
    expect(reachedThreshold(soft, parseUsd('0.3'), [50])).toBe(100);
  });

  it('never have reached less when more was spent', () => {
    const amounts = fc.bigInt({ min: 1n, max: 10n ** 24n });
    fc.assert(
      fc.property(amounts, amounts, amounts, (amount, spent, more) => {
        const reached = (sum: bigint) =>
          reachedThreshold({ kind: 'max_budget', amount }, sum, [1, 50, 99, 100, 1000]) ?? 0;
        expect(reached(spent + more)).toBeGreaterThanOrEqual(reached(spent));
      }),
    );
  });
});

describe('the message of an alert', () => {
  const alert: SentAlert = {
    key: null,
    alertId: 'a-1',
    scope: 'end_user',
    id: 'shop',
    kind: 'max_budget',
    threshold: 80,
    budgetUsd: '10.000000000000',
    spentUsd: '8.500000000000',
    windowStart: '2026-03-01T00:00:00.000Z',
    windowEnd: '2026-04-01T00:00:00.000Z',
    createdAt: '2026-03-15T10:00:00.000Z',
  };

  it('names the subject, the part, the amounts and the end of the window', () => {
    expect(sentenceOf(alert)).toBe(
      'The customer shop has reached 80 % of its budget: US$ 8.5 of US$ 10. The budget begins again at 2026-04-01T00:00:00.000Z.',
    );
  });

  it('names a key by its alias and its id, of which a mail has each in one short line', () => {
    const alias = `team\r\nBcc: eve ${'x'.repeat(255)}`;
    const about = {
      ...alert,
      scope: 'key',
      id: 'f'.repeat(64),
      key: { alias, name: 'sk-...abcd' },
    } as const;
    expect(sentenceOf(about)).toContain(`The key ${alias} (${about.id}) has reached`);
    for (const text of [mailSubjectOf(about), mailTextOf(about).split('\n')[0]]) {
      expect(text).toContain('key team Bcc: eve xxx');
      expect(text).toContain(`… (${about.id})`);
    }
    const unnamed = { ...about, key: { alias: null, name: 'sk-...abcd' } };
    expect(mailSubjectOf(unnamed)).toBe(`80 % of the budget spent: key sk-...abcd (${about.id})`);
    expect(webhookPayloadOf(unnamed)).toMatchObject({ key_alias: null, key_name: 'sk-...abcd' });
  });

  it('has LiteLLM’s members and the exact amounts', () => {
    expect(webhookPayloadOf(alert)).toMatchObject({
      id: 'a-1',
      event: 'threshold_crossed',
      event_group: 'customer',
      spend: 8.5,
      max_budget: 10,
      soft_budget: null,
      scope: 'end_user',
      scope_id: 'shop',
      spent_usd: '8.500000000000',
    });
    expect(webhookPayloadOf({ ...alert, threshold: 100 })['event']).toBe('budget_crossed');
    const soft = webhookPayloadOf({ ...alert, kind: 'soft_budget', scope: 'user' });
    expect(soft).toMatchObject({ event: 'soft_budget_crossed', max_budget: null, soft_budget: 10 });
    expect(soft['event_group']).toBe('internal_user');
  });
});
