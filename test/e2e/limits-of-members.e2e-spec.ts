import { randomUUID } from 'node:crypto';
import { startAdministeredGateway, type AdministeredGateway } from '#support/administered-gateway';
import { Client } from '#support/client';

type Json = Record<string, unknown>;

describe('limits of members of a team', () => {
  let gateway: AdministeredGateway;
  let admin: Client;

  beforeAll(async () => {
    gateway = await startAdministeredGateway();
    ({ admin } = gateway);
  });
  afterAll(() => gateway.stop());

  const post = async (path: string, body: Json): Promise<Json> =>
    (await admin.post<Json>(path, body)).json;
  const info = async (team_id: unknown): Promise<Json> =>
    (await admin.get<Json>(`/team/info?team_id=${String(team_id)}`)).json;
  const budgetOf = async (team_id: unknown): Promise<unknown> =>
    ((await info(team_id))['team_memberships'] as Json[])[0]?.['litellm_budget_table'];

  it('are shown as they were made, changed and cleared', async () => {
    const user_id = randomUUID();
    const { team_id } = await post('/team/new', {});
    const limits = { max_budget_in_team: 5.5, tpm_limit: 100, rpm_limit: 0 };
    const added = await post('/team/member_add', {
      team_id,
      member: { role: 'user', user_id },
      ...limits,
    });
    const shown = { max_budget: 5.5, tpm_limit: 100, rpm_limit: 0 };
    expect(added['updated_team_memberships']).toMatchObject([{ litellm_budget_table: shown }]);
    expect(await budgetOf(team_id)).toMatchObject(shown);

    const changes = { team_id, user_id, role: 'admin', max_budget_in_team: 0, rpm_limit: null };
    expect(await post('/team/member_update', changes)).toMatchObject({
      user_id,
      role: 'admin',
      max_budget_in_team: 0,
      tpm_limit: 100,
      rpm_limit: null,
    });
    expect(await budgetOf(team_id)).toMatchObject({
      max_budget: 0,
      tpm_limit: 100,
      rpm_limit: null,
    });
    await post('/team/member_update', {
      team_id,
      user_id,
      max_budget_in_team: null,
      tpm_limit: null,
    });
    expect(await budgetOf(team_id)).toBeNull();
  });

  it.each([
    ['max_budget_in_team', 'max_budget', 5.5, 0],
    ['budget_duration', 'budget_duration', '30d', '12h'],
    ['tpm_limit', 'tpm_limit', 100, 0],
    ['rpm_limit', 'rpm_limit', 0, 7],
  ])(
    '%s of a member is shown as it was added, updated, cleared and listed',
    async (name, shownAs, value, other) => {
      const user_id = randomUUID();
      const { team_id } = await post('/team/new', {});
      const shows = async (expected: unknown): Promise<void> => {
        const { json: teams } = await admin.get<Json[]>('/team/list');
        const listed = teams.find((team) => team['team_id'] === team_id) ?? {};
        for (const memberships of [
          (await info(team_id))['team_memberships'],
          listed['team_memberships'],
        ])
          expect(memberships).toMatchObject([{ user_id, litellm_budget_table: expected }]);
      };
      const member = { role: 'user', user_id };
      await post('/team/member_add', { team_id, member, [name]: value });
      await shows({ [shownAs]: value });
      expect(await post('/team/member_update', { team_id, user_id, [name]: other })).toMatchObject({
        [name]: other,
      });
      await shows({ [shownAs]: other });
      await post('/team/member_update', { team_id, user_id, role: 'admin' });
      await shows({ [shownAs]: other });
      expect(await post('/team/member_update', { team_id, user_id, [name]: null })).toMatchObject({
        [name]: null,
      });
      await shows(null);
    },
  );

  it.each([
    ['team_member_budget', 'max_budget', 3, 0],
    ['team_member_budget_duration', 'budget_duration', '30d', '12h'],
    ['team_member_rpm_limit', 'rpm_limit', 7, 0],
    ['team_member_tpm_limit', 'tpm_limit', 0, 70],
  ])(
    '%s of a team is shown as it was made, changed and cleared',
    async (name, shownAs, value, other) => {
      const { team_id } = await post('/team/new', { [name]: value });
      const shown = async (): Promise<unknown> =>
        ((await info(team_id))['team_info'] as Json)['team_member_budget_table'];
      expect(await shown()).toMatchObject({ [shownAs]: value });
      await post('/team/update', { team_id, [name]: other });
      expect(await shown()).toMatchObject({ [shownAs]: other });
      await post('/team/update', { team_id, team_alias: 'a' });
      expect(await shown()).toMatchObject({ [shownAs]: other });
      await post('/team/update', { team_id, [name]: null });
      expect(await shown()).toBeNull();
    },
  );

  it('of a member are those that a user was made with in its teams', async () => {
    const { team_id } = await post('/team/new', {});
    const teams = [{ team_id, max_budget_in_team: 2.5 }];
    const { user_id } = await post('/user/new', { auto_create_key: false, teams });
    expect(await budgetOf(team_id)).toMatchObject({ max_budget: 2.5 });
    const cleared = [{ team_id, max_budget_in_team: null }];
    await post('/user/update', { user_id, teams: cleared });
    expect(await budgetOf(team_id)).toBeNull();
  });

  it('of every member belong to the team', async () => {
    const { team_id } = await post('/team/new', {
      team_member_budget: 3,
      team_member_budget_duration: '30d',
      team_member_rpm_limit: 7,
      team_member_tpm_limit: 70,
    });
    const budgets = async () =>
      ((await info(team_id))['team_info'] as Json)['team_member_budget_table'];
    expect(await budgets()).toMatchObject({
      max_budget: 3,
      budget_duration: '30d',
      rpm_limit: 7,
      tpm_limit: 70,
    });
    await post('/team/update', { team_id, team_member_budget: 4, team_member_rpm_limit: null });
    expect(await budgets()).toMatchObject({
      max_budget: 4,
      budget_duration: '30d',
      rpm_limit: null,
    });
    const nothing = { team_member_budget: null, team_member_budget_duration: null };
    await post('/team/update', { team_id, ...nothing, team_member_tpm_limit: null });
    expect(await budgets()).toBeNull();
  });

  it('of its own are completed by those of every member, one by one', async () => {
    const user_id = String((await post('/user/new', { auto_create_key: false }))['user_id']);
    const { team_id } = await post('/team/new', {
      ...{ team_member_budget: 0, team_member_budget_duration: '30d', team_member_rpm_limit: 2 },
    });
    await post('/team/member_add', { team_id, member: { role: 'user', user_id }, tpm_limit: 900 });
    const { key } = await post('/key/generate', { team_id, user_id });
    const caller = new Client(gateway.url, String(key));
    const reason = async (): Promise<unknown> => {
      const { status, json } = await caller.chat('x', { max_tokens: 1 });
      const error = json.error as Json | undefined;
      const facts = (error?.['budget'] ?? error?.['rate_limit']) as Json | undefined;
      return [status, facts?.['scope'], facts?.['type']];
    };
    expect(await reason()).toEqual([422, 'team_member', undefined]);
    await post('/team/member_update', { team_id, user_id, max_budget_in_team: 5 });
    expect([await reason(), await reason(), await reason()]).toEqual([
      [200, undefined, undefined],
      [200, undefined, undefined],
      [429, 'team_member', 'requests'],
    ]);
    await post('/team/member_update', { team_id, user_id, rpm_limit: 9, tpm_limit: 0 });
    expect(await reason()).toEqual([429, 'team_member', 'tokens']);
    const [member] = (await info(team_id))['team_memberships'] as Json[];
    expect(member?.['max_budget_usage']).toMatchObject({ reset_at: expect.any(String) });
  });

  it.each([
    ['/team/member_update', { user_id: 'a', max_budget_in_team: -1 }, 'max_budget_in_team'],
    ['/team/member_update', { user_id: 'a', tpm_limit: 'x' }, 'tpm_limit'],
    ['/team/member_update', { user_id: 'stranger', tpm_limit: 1 }, 'user_id'],
    ['/team/member_add', { member: { role: 'user', user_id: 'a' }, rpm_limit: 1.5 }, 'rpm_limit'],
    ['/team/update', { team_member_budget: 'much' }, 'team_member_budget'],
    ['/team/update', { team_member_budget_duration: 'daily' }, 'team_member_budget_duration'],
  ])(
    'are refused by %s where they are malformed or of a stranger: %j',
    async (path, body, name) => {
      const { team_id } = await post('/team/new', {});
      const { status, json } = await admin.post<Json>(path, { team_id, ...body });
      expect([status, (json['error'] as Json)['param']]).toEqual([400, name]);
    },
  );
});
