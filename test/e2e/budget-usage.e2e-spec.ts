import {
  CENT_CALL,
  startBudgetedGateways,
  type BudgetedGateways,
} from '#support/budgeted-gateways';
import { describeOnEachDatabase } from '#support/each-database';
import { DEFAULT_JWTAUTH } from '#support/gateway';

type Json = Record<string, unknown>;

const MONTH_START = /^\d{4}-\d{2}-01T00:00:00.000Z$/;
const DAY_START = /^\d{4}-\d{2}-\d{2}T00:00:00.000Z$/;
const BUDGETS = {
  max_budget: 5,
  budget_duration: '1mo',
  budget_limits: [{ max_budget: 2, budget_duration: '1d' }],
  model_max_budget: { 'test-model': { budget_limit: 1, time_period: '1d' } },
};

/** What is shown of {@link BUDGETS} when some dollars were spent of them. */
const used = (spent: number): Json => ({
  max_budget_usage: {
    current_spend: spent,
    window_start: expect.stringMatching(MONTH_START) as string,
    reset_at: expect.stringMatching(MONTH_START) as string,
  },
  budget_limits_usage: {
    '1d': {
      current_spend: spent,
      window_start: expect.stringMatching(DAY_START) as string,
      reset_at: expect.stringMatching(DAY_START) as string,
    },
  },
  model_max_budget_usage: {
    'test-model': expect.objectContaining({
      current_spend: spent,
      budget_limit: 1,
      time_period: '1d',
    }) as Json,
  },
});

describeOnEachDatabase('what was spent of budgets', (freshDatabase) => {
  let budgeted: BudgetedGateways;

  beforeAll(async () => {
    const databaseUrl = await freshDatabase();
    budgeted = await startBudgetedGateways({
      ...(databaseUrl !== undefined && { databaseUrl }),
      jwtauth: DEFAULT_JWTAUTH,
    });
  });
  afterAll(async () => {
    await budgeted.stop();
  });

  const post = (path: string, body: Json) => budgeted.admin.post<Json>(path, body);
  const get = async (path: string): Promise<Json> => (await budgeted.admin.get<Json>(path)).json;
  const call = async (claims: Json, body: Json = {}) => {
    const token = await budgeted.issuer.sign({ email: 'a@acme.example', ...claims });
    return budgeted.caller(0, token).chat('hello', { ...CENT_CALL, ...body });
  };

  it('is shown by window for a key, also after it was regenerated', async () => {
    const { key } = (await post('/key/generate', BUDGETS)).json;
    const info = async (which: unknown) =>
      (await get(`/key/info?key=${String(which)}`))['info'] as Json;
    expect(await info(key)).toMatchObject(used(0));
    expect((await budgeted.caller(0, String(key)).chat('hello', CENT_CALL)).status).toBe(200);
    expect(await info(key)).toMatchObject({ ...used(0.01), spend: 0.01 });
    const { key: next } = (await post('/key/regenerate', { key })).json;
    expect(await info(next)).toMatchObject(used(0.01));
  });

  it('is shown for a user, a team, its members, an organisation and a customer, of one call', async () => {
    await post('/user/new', { user_id: 'ann', auto_create_key: false, ...BUDGETS });
    await post('/organization/new', {
      organization_id: 'lab',
      organization_alias: 'Lab',
      ...BUDGETS,
    });
    await post('/team/new', {
      team_id: 'blue',
      organization_id: 'lab',
      members_with_roles: [
        { user_id: 'ann', role: 'user' },
        { user_id: 'bob', role: 'user' },
      ],
      team_member_budget: 3,
      team_member_budget_duration: '1mo',
      ...BUDGETS,
    });
    await post('/customer/new', { user_id: 'visitor', ...BUDGETS });
    const { status } = await call({ sub: 'ann', team: 'blue', org: 'lab', end_user: 'visitor' });
    expect(status).toBe(200);
    expect((await get('/user/info?user_id=ann'))['user_info']).toMatchObject(used(0.01));
    const team = await get('/team/info?team_id=blue');
    expect(team['team_info']).toMatchObject(used(0.01));
    const members = team['team_memberships'] as Json[];
    expect(members.map((one) => [one['user_id'], one['max_budget_usage']])).toEqual([
      ['ann', expect.objectContaining({ current_spend: 0.01 })],
      ['bob', expect.objectContaining({ current_spend: 0 })],
    ]);
    expect(await get('/organization/info?organization_id=lab')).toMatchObject(used(0.01));
    expect(await get('/customer/info?end_user_id=visitor')).toMatchObject(used(0.01));
  });

  it('is shown of a budget that a row names, and has no members where a row has no budget', async () => {
    const { budget_id } = (await post('/budget/new', { max_budget: 4 })).json;
    const { key } = (await post('/key/generate', { budget_id })).json;
    await budgeted.caller(0, String(key)).chat('hello', CENT_CALL);
    const named = (await get(`/key/info?key=${String(key)}`))['info'] as Json;
    expect(named['max_budget_usage']).toEqual({
      current_spend: 0.01,
      window_start: null,
      reset_at: null,
    });
    expect(named).not.toHaveProperty('budget_limits_usage');
    const { key: free } = (await post('/key/generate', {})).json;
    expect((await get(`/key/info?key=${String(free)}`))['info']).not.toHaveProperty(
      'max_budget_usage',
    );
  });
});
