import {
  CENT_CALL,
  startBudgetedGateways,
  type BudgetedGateways,
} from '#support/budgeted-gateways';
import { DEFAULT_JWTAUTH } from '#support/gateway';

describe('The team of tokens that name none', () => {
  let budgeted: BudgetedGateways;

  beforeAll(async () => {
    budgeted = await startBudgetedGateways({
      jwtauth: `${DEFAULT_JWTAUTH}\n    team_id_upsert: true\n    team_id_default: everyone`,
      library: `  default_team_settings:
    - { team_id: default-settings, max_budget: 0.3 }`,
    });
  });
  afterAll(async () => {
    await budgeted.stop();
  });

  it('has the budget of new teams from the first of 60 calls of several users at once', async () => {
    const tokens = await Promise.all(
      ['first', 'second', 'third'].map((sub) =>
        budgeted.issuer.sign({ sub, email: `${sub}@acme.example` }),
      ),
    );
    const calls = await Promise.all(
      Array.from({ length: 60 }, (_, at) =>
        budgeted.caller(at, tokens[at % tokens.length] ?? '').chat('hello', CENT_CALL),
      ),
    );
    const statuses = calls.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array<number>(30).fill(200), ...Array<number>(30).fill(422)]);
    const refused = calls.find(({ status }) => status === 422);
    expect(refused?.json.error).toMatchObject({
      reason: 'budget_exceeded',
      budget: { scope: 'team', id: 'everyone', limit: '0.3' },
    });
    const info = await budgeted.admin.get('/team/info?team_id=everyone');
    expect(info.json).toMatchObject({ team_info: { max_budget: 0.3 } });
  });
});
