import {
  CENT_CALL,
  startBudgetedGateways,
  type BudgetedGateways,
} from '#support/budgeted-gateways';
import type { Answer } from '#support/client';
import { describeOnEachDatabase } from '#support/each-database';
import { DEFAULT_JWTAUTH } from '#support/gateway';
import { eventually } from '#support/eventually';

type Json = Record<string, unknown>;

describeOnEachDatabase('what counts as spent of a budget', (freshDatabase) => {
  let budgeted: BudgetedGateways;

  beforeAll(async () => {
    const databaseUrl = await freshDatabase();
    budgeted = await startBudgetedGateways({
      ...(databaseUrl !== undefined && { databaseUrl, replicas: 2 }),
      jwtauth: DEFAULT_JWTAUTH,
    });
  });
  afterEach(async () => {
    expect(await budgeted.differences()).toEqual([]);
  });
  afterAll(async () => {
    await budgeted.stop();
  });

  const post = (path: string, body: Json): Promise<Answer<Json>> =>
    budgeted.admin.post<Json>(path, body);
  const get = async (path: string): Promise<Json> => (await budgeted.admin.get<Json>(path)).json;
  const keyInfo = async (key: string): Promise<Json> =>
    (await get(`/key/info?key=${key}`))['info'] as Json;
  const make = async (limits: Json): Promise<string> =>
    String((await post('/key/generate', limits)).json['key']);
  const call = (key: string, replica = 0) => budgeted.caller(replica, key).chat('hello', CENT_CALL);
  const served = async (key: string, attempts: number): Promise<number> => {
    let count = 0;
    for (let at = 0; at < attempts; at += 1) count += (await call(key)).status === 200 ? 1 : 0;
    return count;
  };

  it('is what /key/{key}/reset_spend says from then on, on every replica; the books stay as they are', async () => {
    const key = await make({ max_budget: 0.03, budget_duration: '1mo' });
    expect(await served(key, 4)).toBe(3);
    const reset = await post(`/key/${key}/reset_spend`, { reset_to: 0.01 });
    expect([reset.status, reset.json]).toEqual([
      200,
      {
        key_hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        spend: 0.01,
        previous_spend: 0.03,
        max_budget: 0.03,
        budget_reset_at: expect.stringMatching(/-01T00:00:00.000Z$/) as string,
      },
    ]);
    await eventually(async () => {
      expect((await call(key, 1)).status).toBe(200);
    });
    expect(await budgeted.differences()).toEqual([]);
    expect(await keyInfo(key)).toMatchObject({
      spend: 0.04,
      max_budget_usage: { current_spend: 0.02 },
    });
    expect(await served(key, 2)).toBe(1);
    expect(await budgeted.differences()).toEqual([]);
    expect((await call(key)).json.error).toMatchObject({
      budget: { scope: 'key', limit: '0.03', spent: '0.03', held: '0' },
    });
  });

  it('of a budget without an end is reset as well, again and again, and is audited', async () => {
    const key = await make({ max_budget: 0.01 });
    for (const rounds of [1, 2, 3]) {
      expect([rounds, await served(key, 2)]).toEqual([rounds, 1]);
      expect((await post(`/key/${key}/reset_spend`, { reset_to: 0 })).json).toMatchObject({
        spend: 0,
        previous_spend: 0.01,
        budget_reset_at: null,
      });
    }
    const [last] = await budgeted.rows<{ action: string; after: Json }>(
      'SELECT action, after_value AS after FROM audit_entries ORDER BY sequence DESC LIMIT 1',
    );
    expect(last).toMatchObject({
      action: 'updated',
      after: { limits: { restarts: [{ spent: '0' }] } },
    });
  });

  it('counts a call that runs while it is reset to the window in which it was admitted', async () => {
    const key = await make({ max_budget: 0.02 });
    const before = budgeted.upstream.records.length;
    const slow = budgeted.upstream.behaviour({ firstDelayMs: 1_000, completionTokens: 100 });
    const running = budgeted.caller(0, key).chat('hello', { ...CENT_CALL, ...slow });
    await eventually(() => {
      expect(budgeted.upstream.records.length).toBeGreaterThan(before);
    });
    await post(`/key/${key}/reset_spend`, { reset_to: 0 });
    expect((await running).status).toBe(200);
    expect(await keyInfo(key)).toMatchObject({
      spend: 0.01,
      max_budget_usage: { current_spend: 0 },
    });
    expect(await served(key, 3)).toBe(2);
  });

  it.each([
    [{ reset_to: -1 }, 400],
    [{ reset_to: 'x' }, 400],
    [{}, 400],
    [{ reset_to: 0.02 }, 400],
  ])('is not set to %j by a reset of a key that has spent less', async (body, status) => {
    const key = await make({ max_budget: 5 });
    await call(key);
    const answer = await post(`/key/${key}/reset_spend`, body);
    expect([answer.status, (answer.json['error'] as Json)['param']]).toEqual([status, 'reset_to']);
  });

  it('is reset by administrators alone, and of what exists', async () => {
    const key = await make({ max_budget: 5 });
    const own = await budgeted.caller(0, key).post(`/key/${key}/reset_spend`, { reset_to: 0 });
    expect(own.status).toBe(403);
    expect((await post('/key/sk-unknown-0123456789/reset_spend', { reset_to: 0 })).status).toBe(
      404,
    );
    expect((await post('/team/unknown/reset_spend', { reset_to: 0 })).status).toBe(404);
  });

  it('of a team and of its members is reset apart', async () => {
    await post('/team/new', {
      team_id: 'blue',
      max_budget: 0.02,
      members_with_roles: [{ user_id: 'ann', role: 'user' }],
      team_member_budget: 0.01,
    });
    const token = await budgeted.issuer.sign({ sub: 'ann', team: 'blue', email: 'a@acme.example' });
    const scopes = async () => {
      const { status, json } = await call(token);
      return status === 200
        ? 'served'
        : (json as unknown as { error: { budget: { scope: string } } }).error.budget.scope;
    };
    expect([await scopes(), await scopes()]).toEqual(['served', 'team_member']);
    expect((await post('/team/blue/member/ann/reset_spend', { reset_to: 0 })).json).toEqual({
      team_id: 'blue',
      user_id: 'ann',
      spend: 0,
      previous_spend: 0.01,
      max_budget: 0.01,
    });
    expect([await scopes(), await scopes()]).toEqual(['served', 'team']);
    expect((await post('/team/blue/reset_spend', { reset_to: 0.01 })).json).toEqual({
      team_id: 'blue',
      spend: 0.01,
      previous_spend: 0.02,
      max_budget: 0.02,
      budget_reset_at: null,
    });
    expect(await scopes()).toBe('team_member');
    expect((await post('/team/blue/member/zoe/reset_spend', { reset_to: 0 })).status).toBe(400);
    const info = await get('/team/info?team_id=blue');
    expect(info['team_info']).toMatchObject({
      spend: 0.02,
      max_budget_usage: { current_spend: 0.01 },
    });
  });

  it('is what `spend` of an update says, also more than was spent', async () => {
    const key = await make({ max_budget: 0.05, spend: 0.04 });
    expect(await keyInfo(key)).toMatchObject({
      spend: 0,
      max_budget_usage: { current_spend: 0.04 },
    });
    expect(await served(key, 2)).toBe(1);
    await post('/key/update', { key, spend: 9 });
    expect(await keyInfo(key)).toMatchObject({ max_budget_usage: { current_spend: 9 } });
    const { json } = await budgeted.caller(0, key).get<Json>('/key/info');
    expect(json['caller']).toMatchObject({
      budgets: [
        {
          ...{ scope: 'key', budget_usd: '0.050000000000', spent_usd: '9.000000000000' },
          remaining_usd: '0.000000000000',
        },
      ],
    });
    expect(await served(key, 1)).toBe(0);
    await post('/key/update', { key, spend: 0 });
    expect(await served(key, 6)).toBe(5);
  });

  it('begins anew at `budget_reset_at`, which is shown until then and cleared by null', async () => {
    const soon = new Date(Date.now() + 3_600_000).toISOString();
    const key = await make({ max_budget: 0.01, budget_reset_at: soon });
    expect(await keyInfo(key)).toMatchObject({ budget_reset_at: soon });
    expect((await post('/key/update', { key, budget_reset_at: null })).json).toMatchObject({
      budget_reset_at: null,
    });
    for (const wrong of ['2020-01-01', 'tomorrow', 5]) {
      const { status, json } = await post('/key/update', { key, budget_reset_at: wrong });
      expect([status, (json['error'] as Json)['param']]).toEqual([400, 'budget_reset_at']);
    }
    const { json } = await post('/budget/new', { max_budget: 5, budget_reset_at: soon });
    expect(json).toMatchObject({ budget_reset_at: soon });
  });

  it('is nothing again after `budget_reset_at`, also where a budget with a name has it', async () => {
    const budget_reset_at = new Date(Date.now() + 2_000).toISOString();
    const named = await post('/budget/new', { max_budget: 0.01, budget_reset_at });
    const keys = [
      await make({ max_budget: 0.01, budget_reset_at }),
      await make({ budget_id: named.json['budget_id'] }),
    ];
    for (const key of keys) expect(await served(key, 2)).toBe(1);
    for (const key of keys) {
      await eventually(async () => {
        expect((await call(key)).status).toBe(200);
      });
      expect(await served(key, 1)).toBe(0);
    }
  });
});
