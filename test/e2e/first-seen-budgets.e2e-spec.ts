import {
  CENT_CALL,
  startBudgetedGateways,
  type BudgetedGateways,
} from '#support/budgeted-gateways';
import { DEFAULT_JWTAUTH } from '#support/gateway';
import { describeWithPostgres } from '#support/postgres';

const CALLS = 200;

describe('Subjects that 200 calls at once first name in tokens', () => {
  let budgeted: BudgetedGateways;

  beforeAll(async () => {
    budgeted = await startBudgetedGateways({
      jwtauth: `${DEFAULT_JWTAUTH}\n    team_id_upsert: true`,
      library: `  default_internal_user_params: { max_budget: 0.2, budget_duration: 1d }
  default_team_params: { max_budget: 0.3, budget_duration: 1mo }
  max_end_user_budget: 0.07
  max_budget: 0.8`,
    });
  });
  afterAll(async () => {
    await budgeted.stop();
  });

  const burst = async (claims: Readonly<Record<string, string>>): Promise<Map<number, number>> => {
    const token = await budgeted.issuer.sign({ email: 'someone@acme.example', ...claims });
    const calls = await Promise.all(
      Array.from({ length: CALLS }, () => budgeted.caller(0, token).chat('hello', CENT_CALL)),
    );
    return new Map(
      [...Map.groupBy(calls, ({ status }) => status)].map(([status, all]) => [status, all.length]),
    );
  };
  const count = (table: string, column: string, id: string): Promise<object[]> =>
    budgeted.rows(`SELECT count(*)::int AS n FROM ${table} WHERE ${column} = $1`, [id]);

  it('members and customers have their budgets from the first call, within that of an organisation', async () => {
    const { admin } = budgeted;
    await admin.post('/organization/new', {
      organization_id: 'acme',
      organization_alias: 'acme',
      max_budget: 0.25,
    });
    await admin.post('/team/new', {
      team_id: 'shop',
      organization_id: 'acme',
      team_member_budget: 0.12,
    });
    const bursts: readonly (readonly [
      { readonly sub: string; readonly end_user?: string },
      number,
      string,
    ])[] = [
      [{ sub: 'm1' }, 12, 'team_member shop:m1'],
      [{ sub: 'm2', end_user: 'c1' }, 7, 'end_user c1'],
      [{ sub: 'm3' }, 6, 'org acme'],
    ];
    for (const [claims, served, scope] of bursts) {
      const own = { team: 'shop', org: 'acme', ...claims };
      expect([scope, (await burst(own)).get(200)]).toEqual([scope, served]);
      expect(await count('users', 'user_id', claims.sub)).toEqual([{ n: 1 }]);
      const token = await budgeted.issuer.sign({ email: 'someone@acme.example', ...own });
      const { status, json } = await budgeted.caller(0, token).chat('hello', CENT_CALL);
      const [of, id] = scope.split(' ');
      expect([status, json.error]).toMatchObject([422, { budget: { scope: of, id } }]);
    }
    expect(await count('end_users', 'end_user_id', 'c1')).toEqual([{ n: 1 }]);
    expect(await count('organizations', 'organization_id', 'acme')).toEqual([{ n: 1 }]);
  });

  it('have one row each, and the budget of new ones from the first call, the tightest of user, team and gateway', async () => {
    expect(await burst({ sub: 'first', team: 'new-team' })).toEqual(
      new Map([
        [200, 20],
        [422, 180],
      ]),
    );
    expect(await count('users', 'user_id', 'first')).toEqual([{ n: 1 }]);
    expect(await burst({ sub: 'second', team: 'new-team' })).toEqual(
      new Map([
        [200, 10],
        [422, 190],
      ]),
    );
    expect(await count('teams', 'team_id', 'new-team')).toEqual([{ n: 1 }]);
    expect((await burst({ sub: 'third', team: 'other-team' })).get(200)).toBe(20);
    expect((await burst({ sub: 'fourth', team: 'last-team' })).get(200)).toBe(5);
    const fifth = { sub: 'fifth', team: 'last-team', email: 'fifth@acme.example' };
    const token = await budgeted.issuer.sign(fifth);
    const refused = await budgeted.caller(0, token).chat('hello', CENT_CALL);
    expect(refused.status).toBe(422);
    expect(refused.json.error).toMatchObject({
      budget: { scope: 'gateway', id: '', limit: '0.8', resets_at: null },
    });
  });
});

describeWithPostgres('Many subjects that 200 calls at once first name in tokens', (server) => {
  const USERS = 50;
  const TEAMS = 20;
  let budgeted: BudgetedGateways;

  beforeAll(async () => {
    budgeted = await startBudgetedGateways({
      databaseUrl: await server().createDatabase(),
      replicas: 2,
      jwtauth: `${DEFAULT_JWTAUTH}\n    team_id_upsert: true`,
      gatehouse: '  jwt: { org_id_upsert: true }',
      budgets: 'default_organization_params: { max_budget: 0.25, budget_duration: 1mo }',
      library: '  default_internal_user_params: { max_budget: 0.02 }',
    });
  });
  afterAll(async () => {
    await budgeted.stop();
  });

  const outcomesOf = async (tokens: readonly string[]): Promise<Map<number, number>> => {
    const call = async (token: string, index: number): Promise<number> => {
      const { status } = await budgeted.caller(index, token).chat('hello', CENT_CALL);
      // A pool of connections that stays in use for two seconds, on a slow machine.
      return status === 503 ? call(token, index) : status;
    };
    const statuses = Map.groupBy(await Promise.all(tokens.map(call)), (status) => status);
    return new Map([...statuses].map(([status, all]) => [status, all.length]));
  };
  // 35 in 25 seconds, when the chain of the audit trail was locked before rows were written.
  const expectNoDeadlock = async (): Promise<void> => {
    const [counted] = await budgeted.rows<{ deadlocks: number }>(
      'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()',
    );
    expect(counted).toEqual({ deadlocks: 0 });
  };

  it('are served within their budgets without a deadlock, in any order in which two replicas meet them', async () => {
    const tokens = await Promise.all(
      Array.from({ length: CALLS }, (_, index) =>
        budgeted.issuer.sign({
          sub: `user-${String(index % USERS)}`,
          email: `user-${String(index % USERS)}@acme.example`,
          team: `team-${String((index * 7) % TEAMS)}`,
        }),
      ),
    );
    expect(await outcomesOf(tokens)).toEqual(
      new Map([
        [200, 2 * USERS],
        [422, CALLS - 2 * USERS],
      ]),
    );
    const rows = (table: string) =>
      budgeted.rows<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`);
    expect(await rows('users')).toEqual([{ n: USERS }]);
    expect(await rows('teams')).toEqual([{ n: TEAMS }]);
    await expectNoDeadlock();
  });

  it('are in one organisation each, whose budget holds from the first call at both replicas', async () => {
    const SERVED = 25;
    const tokens = await Promise.all(
      Array.from({ length: CALLS }, (_, index) =>
        budgeted.issuer.sign({
          sub: `person-${String(index)}`,
          email: `person-${String(index)}@acme.example`,
          team: `group-${String(index % TEAMS)}`,
          org: 'new-org',
        }),
      ),
    );
    expect(await outcomesOf(tokens)).toEqual(
      new Map([
        [200, SERVED],
        [422, CALLS - SERVED],
      ]),
    );
    const [first = ''] = tokens;
    const refused = await budgeted.caller(1, first).chat('hello', CENT_CALL);
    expect([refused.status, refused.json.error]).toMatchObject([
      422,
      { budget: { scope: 'org', id: 'new-org', limit: '0.25' } },
    ]);
    expect(
      await budgeted.rows(
        `SELECT organization_alias, limits->'budgets'->0->>'maxBudget' AS cap FROM organizations`,
      ),
    ).toEqual([{ organization_alias: 'new-org', cap: '0.25' }]);
    const audited = `SELECT action, actor_kind FROM audit_entries WHERE object_id = $1`;
    expect(await budgeted.rows(audited, ['new-org'])).toEqual([
      { action: 'created', actor_kind: 'provisioning' },
    ]);
    const ofTeams = `SELECT DISTINCT organization_id FROM teams WHERE team_id LIKE 'group-%'`;
    expect(await budgeted.rows(ofTeams)).toEqual([{ organization_id: 'new-org' }]);
    await expectNoDeadlock();
  });
});
