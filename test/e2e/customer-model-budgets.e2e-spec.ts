import { randomUUID } from 'node:crypto';
import {
  CENT_CALL,
  startBudgetedGateways,
  type BudgetedGateways,
} from '#support/budgeted-gateways';
import type { Client } from '#support/client';

const cents = (count: number) => ({
  model_max_budget: { 'test-model': { budget_limit: count / 100, time_period: '1d' } },
});

describe('model_max_budget of a customer', () => {
  let budgeted: BudgetedGateways;
  let caller: Client;

  beforeAll(async () => {
    budgeted = await startBudgetedGateways({ library: '  max_end_user_budget_id: everyone' });
    const { admin, issuer } = budgeted;
    await admin.post('/budget/new', { budget_id: 'everyone', ...cents(2) });
    await admin.post('/budget/new', { budget_id: 'gold', max_budget: 1, ...cents(3) });
    await admin.post('/team/new', { team_id: 'research' });
    const token = await issuer.sign({ email: 'alice@acme.example', team: 'research' });
    caller = budgeted.caller(0, token);
  });
  afterAll(() => budgeted.stop());

  /** How many calls are served before one is refused. */
  const served = async (user: string) => {
    for (let count = 0; ; count++) {
      const { status, json } = await caller.chat('x', { user, ...CENT_CALL });
      if (status === 200) continue;
      const { scope, id } =
        (json.error as { budget?: { scope?: string; id?: string } }).budget ?? {};
      expect([status, scope, id]).toEqual([422, 'end_user_model', `${user}:test-model`]);
      return count;
    }
  };
  const made = async (values: object): Promise<string> => {
    const user = randomUUID();
    const answer = await budgeted.admin.post('/customer/new', { user_id: user, ...values });
    expect(answer.status).toBe(200);
    return user;
  };

  it.each<readonly [string, () => Promise<string> | string, number]>([
    ['that no call has named before is that of the default budget', () => randomUUID(), 2],
    ['without limits of its own is that of the default budget', () => made({ alias: 'a' }), 2],
    ['that names a budget is that of the budget', () => made({ budget_id: 'gold' }), 3],
    ['of its own wins over the default budget', () => made(cents(1)), 1],
    [
      'of its own wins over the budget that it names',
      () => made({ budget_id: 'gold', ...cents(1) }),
      1,
    ],
  ])('%s', async (_what, user, calls) => {
    expect(await served(await user())).toBe(calls);
  });
});
