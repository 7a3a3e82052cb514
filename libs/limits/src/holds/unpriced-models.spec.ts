import { moneyClaimsOf, type BudgetedScope } from './money-claims.js';
import { denierOfUnpriced } from './unpriced-models.js';

const budgets = [{ maxBudget: '1', duration: null, since: '2026-11-01T00:00:00.000Z' }];
const modelBudgets = { m: budgets[0] ?? { maxBudget: '1', duration: null, since: '' } };
const time = { calendar: { zone: 'UTC', resetTime: '00:00' }, nowMs: 0 };
const denied = (configured: 'allow' | 'deny', ...scopes: readonly BudgetedScope[]): boolean =>
  denierOfUnpriced(
    scopes,
    moneyClaimsOf(scopes, { modelGroup: 'm', bounds: new Map() }, time),
    configured,
  ) !== undefined;
const team = (limits: BudgetedScope['limits']): BudgetedScope => ({
  scope: 'team',
  id: 't',
  limits,
});
const key = (limits: BudgetedScope['limits']): BudgetedScope => ({ scope: 'key', id: 'k', limits });

describe('deployments without a known price', () => {
  it.each([
    ['by the configuration for a subject with a budget', 'deny', [team({ budgets })], true],
    [
      'by the configuration for one with a budget for the model',
      'deny',
      [team({ modelBudgets })],
      true,
    ],
    ['for none without a budget', 'deny', [team({ requestsPerMinute: 1 })], false],
    [
      'not for a subject that allows them',
      'deny',
      [team({ budgets, unpricedModels: 'allow' })],
      false,
    ],
    ['by a subject, with or without a budget', 'allow', [key({ unpricedModels: 'deny' })], true],
    [
      'by one of several, although another allows them',
      'allow',
      [key({ budgets, unpricedModels: 'deny' }), team({ budgets, unpricedModels: 'allow' })],
      true,
    ],
    ['by nothing else', 'allow', [key({ budgets }), team({ budgets })], false],
  ] as const)('are denied %s', (_what, configured, scopes, expected) => {
    expect(denied(configured, ...scopes)).toBe(expected);
  });
});
