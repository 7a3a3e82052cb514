import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { DEFAULT_JWTAUTH, startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { Database } from '#libs/database';

const CALLS = 200;
const CALL = { max_tokens: 100 };

/** The output alone costs something: a cent for a call with the largest output. */
const models = (url: string): string => `
  - model_name: test-model
    litellm_params:
      model: openai/test-model
      api_base: ${url}/v1
      api_key: upstream-secret
      input_cost_per_token: 0
      output_cost_per_token: 0.0001
litellm_settings:
  default_internal_user_params: { max_budget: 0.2, budget_duration: 1d }
  default_team_params: { max_budget: 0.3, budget_duration: 1mo }
  max_end_user_budget: 0.07
  max_budget: 0.8`;

describe('Subjects that 200 calls at once first name in tokens', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream({ behaviour: { completionTokens: 100 } });
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      models: models(upstream.url),
      jwtauth: `${DEFAULT_JWTAUTH}\n    team_id_upsert: true`,
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const burst = async (claims: Readonly<Record<string, string>>): Promise<Map<number, number>> => {
    const token = await issuer.sign({ email: 'someone@acme.example', ...claims });
    const calls = await Promise.all(
      Array.from({ length: CALLS }, () => new Client(gateway.url, token).chat('hello', CALL)),
    );
    return new Map(
      [...Map.groupBy(calls, ({ status }) => status)].map(([status, all]) => [status, all.length]),
    );
  };
  const count = async (table: string, column: string, id: string): Promise<unknown> => {
    const rows: unknown = await gateway.gateway.app
      .get(Database)
      .read((manager) =>
        manager.query(`SELECT count(*)::int AS n FROM ${table} WHERE ${column} = $1`, [id]),
      );
    return rows;
  };

  it('members and customers have their budgets from the first call, within that of an organisation', async () => {
    const admin = Client.admin(gateway.url);
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
      const token = await issuer.sign({ email: 'someone@acme.example', ...own });
      const { status, json } = await new Client(gateway.url, token).chat('hello', CALL);
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
    const refused = await new Client(
      gateway.url,
      await issuer.sign({ sub: 'fifth', team: 'last-team', email: 'fifth@acme.example' }),
    ).chat('hello', CALL);
    expect(refused.status).toBe(422);
    expect(refused.json.error).toMatchObject({
      budget: { scope: 'gateway', id: '', limit: '0.8', resets_at: null },
    });
  });
});
