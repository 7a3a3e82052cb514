import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

type Json = Record<string, unknown>;

const NOTHING = {
  max_budget: null,
  soft_budget: null,
  budget_duration: null,
  budget_reset_at: null,
  model_max_budget: {},
  max_parallel_requests: null,
  tpm_limit: null,
  rpm_limit: null,
};

describe('litellm_budget_table', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let admin: Client;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({ issuer, upstreamUrl: upstream.url });
    admin = Client.admin(gateway.url);
    await post('/budget/new', { budget_id: 'small', max_budget: 3, tpm_limit: 9 });
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const post = async (path: string, body: Json): Promise<Json> => {
    const { status, json } = await admin.post<Json>(path, body);
    expect({ status, error: json['error'] }).toEqual({ status: 200, error: undefined });
    return json;
  };
  const get = async (path: string): Promise<Json> => (await admin.get<Json>(path)).json;
  const tableOf = (row: unknown): unknown => (row as Json)['litellm_budget_table'];

  it('of a key is the budget that it names, null without one', async () => {
    const plain = await post('/key/generate', { max_budget: 5 });
    expect(tableOf(plain)).toBeNull();
    const made = await post('/key/generate', { budget_id: 'small', max_budget: 5 });
    const table = { ...NOTHING, budget_id: 'small', max_budget: 3, tpm_limit: 9 };
    expect(tableOf(made)).toEqual(table);
    const key = String(made['token']);
    expect(tableOf((await get(`/key/info?key=${key}`))['info'])).toEqual(table);
    const { keys } = await get('/key/list?return_full_object=true&size=100');
    expect((keys as Json[]).map(tableOf)).toEqual(expect.arrayContaining([null, table]));
    expect(tableOf(await post('/key/update', { key, budget_id: null }))).toBeNull();
  });

  it('of an organisation has its limits, completed by the budget that it names', async () => {
    const id = 'acme';
    const body = { organization_id: id, organization_alias: 'Acme' };
    expect(tableOf(await post('/organization/new', body))).toEqual({ ...NOTHING, budget_id: null });
    const changed = async (limits: Json): Promise<unknown> =>
      tableOf(
        (await admin.send('PATCH', '/organization/update', { body: { ...body, ...limits } })).json,
      );
    expect(await changed({ max_budget: 7, budget_duration: '1mo' })).toMatchObject({
      max_budget: 7,
      budget_duration: '1mo',
      budget_reset_at: expect.stringContaining('T00:00:00.000Z'),
    });
    const shown = { budget_id: 'small', max_budget: 7, tpm_limit: 9, budget_duration: '1mo' };
    expect(await changed({ budget_id: 'small' })).toMatchObject(shown);
    expect(await changed({ max_budget: null })).toMatchObject({ ...shown, max_budget: 3 });
    expect(tableOf(await get(`/organization/info?organization_id=${id}`))).toMatchObject({
      ...shown,
      max_budget: 3,
    });
    await post('/budget/update', { budget_id: 'small', rpm_limit: 4 });
    const [listed] = (await get(`/organization/list?org_id=${id}`)) as unknown as Json[];
    expect(tableOf(listed)).toMatchObject({ ...shown, max_budget: 3, rpm_limit: 4 });
  });

  it('of a membership has the budget of the list of teams that made it, changed it and cleared it', async () => {
    await post('/team/new', { team_id: 'research' });
    await post('/team/new', { team_id: 'sales' });
    const budgets = async (): Promise<unknown> =>
      Promise.all(
        ['research', 'sales'].map(async (team) => {
          const info = await get(`/team/info?team_id=${team}`);
          const [member] = info['team_memberships'] as Json[];
          return (tableOf(member) as Json | null)?.['max_budget'] ?? null;
        }),
      );
    const teams = [{ team_id: 'research', max_budget_in_team: 2.5 }, 'sales'];
    await post('/user/new', { user_id: 'alice', auto_create_key: false, teams });
    expect(await budgets()).toEqual([2.5, null]);
    const update = (changed: unknown): Promise<Json> =>
      post('/user/update', { user_id: 'alice', teams: changed });
    await update(['research', { team_id: 'sales', max_budget_in_team: 0 }]);
    expect(await budgets()).toEqual([2.5, 0]);
    await update([{ team_id: 'research', max_budget_in_team: null }, 'sales']);
    expect(await budgets()).toEqual([null, 0]);
  });
});
