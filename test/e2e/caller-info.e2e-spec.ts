import {
  startBudgetedGateways,
  CENT_CALL,
  type BudgetedGateways,
} from '#support/budgeted-gateways';
import type { Client } from '#support/client';

type Json = Record<string, unknown>;

const USER_LIMITS = { max_budget: 1, rpm_limit: 10, model_rpm_limit: { 'test-model': 5 } };
const ISSUED = { email: 'alice@acme.example', sub: 'alice' };

describe('answers about the caller of a token', () => {
  let bench: BudgetedGateways;
  let caller: Client;

  beforeAll(async () => {
    bench = await startBudgetedGateways({
      library: '  max_budget: 50\n  default_internal_user_params: { max_budget: 7 }',
    });
    await bench.admin.post('/tag/new', { name: 'lab', max_budget: 20 });
    const team = { team_id: 'research', max_budget: 2, tpm_limit: 1000 };
    expect(
      (await bench.admin.post('/team/new', { ...team, metadata: { tags: ['lab'] } })).status,
    ).toBe(200);
    await bench.admin.post('/user/new', {
      user_id: 'alice',
      user_email: 'alice@acme.example',
      auto_create_key: false,
      ...USER_LIMITS,
    });
    caller = bench.caller(0, await bench.issuer.sign({ ...ISSUED, team: 'research' }));
    expect((await caller.chat('x', CENT_CALL)).status).toBe(200);
  });
  afterAll(() => bench.stop());

  const info = async (path: string, by = caller): Promise<Json> => {
    const { status, json } = await by.get<Json>(path);
    expect({ status, error: json['error'] }).toEqual({ status: 200, error: undefined });
    return json;
  };
  const standingIn = (json: Json) =>
    json['caller'] as { readonly budgets: Json[]; readonly rate_limits: Json[] } & Json;

  it('/key/info says in the shape of a key who it is, what it may use, and its limits and spend', async () => {
    const { key, info: row } = await info('/key/info');
    expect(row).toMatchObject({
      user_id: 'alice',
      team_id: 'research',
      key_alias: 'alice@acme.example',
      models: ['test-model'],
      spend: 0.01,
      max_budget: 1,
      rpm_limit: 10,
      budget_duration: null,
      blocked: false,
    });
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    const again = bench.caller(0, await bench.issuer.sign({ ...ISSUED, team: 'research' }));
    expect((await info('/key/info', again))['key']).toBe(key);
    expect((await info(`/key/info?key=${String(key)}`, again))['key']).toBe(key);
    const other = bench.caller(
      0,
      await bench.issuer.sign({ sub: 'bob', email: 'b@acme.example', team: 'research' }),
    );
    expect((await info('/key/info', other))['key']).not.toBe(key);
    expect((await other.get(`/key/info?key=${String(key)}`)).status).toBe(404);
  });

  it.each(['/key/info', '/user/info', '/team/info'])(
    '%s says what is left of the budgets and rate limits of user and team, and takes nothing of them',
    async (path) => {
      await info(path);
      const { budgets, rate_limits: rates, ...who } = standingIn(await info(path));
      expect(who).toMatchObject({ user_id: 'alice', team_id: 'research' });
      const none = '0.000000000000';
      const spent = { spent_usd: '0.010000000000', held_usd: none, set_aside_usd: none };
      expect(budgets).toEqual([
        expect.objectContaining({ scope: 'user', ...spent, remaining_usd: '0.990000000000' }),
        expect.objectContaining({ scope: 'team', ...spent, remaining_usd: '1.990000000000' }),
        expect.objectContaining({ scope: 'tag', scope_id: 'lab', ...spent }),
        expect.objectContaining({ scope: 'gateway', scope_id: '', ...spent }),
      ]);
      const left = rates.map(({ scope, type, model, limit, remaining }) => [
        ...[scope, type, model, limit, remaining],
      ]);
      expect(left).toEqual([
        ['user', 'requests', null, 10, 9],
        ['user', 'requests', 'test-model', 5, 4],
        ['team', 'tokens', null, 1000, expect.any(Number)],
      ]);
      const tokens = rates.at(-1)?.['remaining'];
      expect(tokens).toBeGreaterThan(800);
      expect(tokens).toBeLessThan(1000);
    },
  );

  it('a refusal says why in amounts that add up to those of the answer, and nothing is held after a call', async () => {
    const { json } = await bench.admin.post<Json>('/key/generate', { max_budget: 0.04 });
    const client = bench.caller(0, String(json['key']));
    expect((await client.chat('x', CENT_CALL)).status).toBe(200);
    const refused = await client.chat('x', { max_tokens: 350 });
    expect(refused.status).toBe(422);
    expect(refused.json.error).toMatchObject({
      message: expect.stringContaining('0.03 are left, and the call may cost 0.035.'),
      budget: {
        ...{ scope: 'key', limit: '0.04', spent: '0.01', held: '0', set_aside: '0' },
        required: '0.035',
      },
    });
    const id = String(refused.headers.get('x-gatehouse-decision-id'));
    expect((await bench.admin.get<Json>(`/decisions/${id}`)).json['steps']).toContainEqual({
      ...{ guard: 'relay', outcome: 'refused', config_key: null },
      detail: expect.stringMatching(/^budget_exceeded: Budget exceeded for key /) as string,
    });
    expect(standingIn(await info('/key/info', client)).budgets[0]).toMatchObject({
      ...{ scope: 'key', spent_usd: '0.010000000000', held_usd: '0.000000000000' },
      ...{ set_aside_usd: '0.000000000000', remaining_usd: '0.030000000000' },
    });
  });

  it('the ids of one answer lead to the next, as meters in menu bars ask', async () => {
    const row = (await info('/key/info'))['info'] as Json;
    const user = await info(`/user/info?user_id=${encodeURIComponent(String(row['user_id']))}`);
    expect(user).toMatchObject({ user_id: row['user_id'], user_info: { spend: 0.01 } });
    const team = await info(`/team/info?team_id=${String(row['team_id'])}`);
    expect(team).toMatchObject({ team_id: row['team_id'], team_info: { spend: 0.01 } });
    expect([user['caller'], team['caller']]).toEqual([undefined, undefined]);
  });

  it('a user that no administrator made has the limits of new users', async () => {
    const carol = bench.caller(
      0,
      await bench.issuer.sign({ sub: 'carol', email: 'c@acme.example', team: 'research' }),
    );
    const answer = await info('/key/info', carol);
    expect(answer['info']).toMatchObject({ max_budget: 7, spend: 0, team_id: 'research' });
    const [budget] = standingIn(answer).budgets;
    expect(budget).toMatchObject({ scope: 'user', remaining_usd: '7.000000000000' });
  });

  it('a call with a key gets its key as before, and what is left', async () => {
    const { json } = await bench.admin.post<Json>('/key/generate', { max_budget: 3 });
    const answer = await info('/key/info', bench.caller(0, String(json['key'])));
    expect(answer).toMatchObject({ key: json['token'], info: { max_budget: 3 } });
    expect(standingIn(answer).budgets).toMatchObject([
      { scope: 'key', budget_usd: '3.000000000000' },
      { scope: 'gateway', budget_usd: '50.000000000000' },
    ]);
    expect((await bench.admin.get('/key/info')).status).toBe(400);
  });
});
