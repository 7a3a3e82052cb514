import { Database } from '#libs/database';
import { SpendRecorder } from '#libs/spend';
import { Client } from '#support/client';
import { describeOnEachDatabase } from '#support/each-database';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { DEFAULT_JWTAUTH, startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

jest.setTimeout(120_000);

const TODAY = new Date().toISOString().slice(0, 10);
const DAYS = `start_date=${TODAY}&end_date=${TODAY}`;
const REPORT = `/gatehouse/spend/report?${DAYS}`;

interface Group {
  readonly [member: string]: unknown;
  readonly spend: string;
  readonly requests: number;
}
interface Report {
  readonly data: readonly Group[];
  readonly next_cursor: string | null;
}
type Json = Record<string, unknown>;

describeOnEachDatabase('reports', (freshDatabase) => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let admin: Client;
  let alice: Client;
  let bob: Client;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    const databaseUrl = await freshDatabase();
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      jwtauth: `${DEFAULT_JWTAUTH}
    team_allowed_routes: [openai_routes, own_spend_routes]`,
      gatehouse: 'litellm_settings: { max_budget: 1000.5 }',
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
    });
    admin = Client.admin(gateway.url);
    for (const team_id of ['research', 'sales']) {
      await admin.post('/team/new', { team_id, team_alias: team_id.toUpperCase() });
    }
    const as = async (sub: string, team: string, end_user?: string): Promise<Client> => {
      const email = `${sub}@acme.example`;
      return new Client(gateway.url, await issuer.sign({ sub, email, team, end_user }));
    };
    alice = await as('alice', 'research', '=HYPERLINK("x")');
    bob = await as('bob', 'sales');
    const messages = [{ role: 'user', content: 'hello' }];
    const call = (client: Client, tags: string[]): Promise<unknown> =>
      client.post('/v1/chat/completions', { model: 'test-model', messages, tags });
    await call(alice, ['blue', 'green']);
    await call(alice, ['blue']);
    await call(bob, []);
    await admin.post('/team/member_add', {
      team_id: 'research',
      member: { role: 'admin', user_id: 'alice' },
    });
    await gateway.gateway.app.get(SpendRecorder).flush();
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const get = async (client: Client, path: string): Promise<Json> => {
    const { status, json } = await client.get<Json>(path);
    expect([path, status]).toEqual([path, 200]);
    return json;
  };
  const report = async (client: Client, query: string): Promise<Report> =>
    (await get(client, `${REPORT}&${query}`)) as unknown as Report;
  const statusOf = async (client: Client, path: string): Promise<number> =>
    (await client.get(path)).status;
  const spentBy = async (column: string, id: string): Promise<string> => {
    const rows = await gateway.gateway.app
      .get(Database)
      .read((manager) =>
        manager.query<{ usd: string }[]>(
          `SELECT sum(cost_usd)::text AS usd FROM spend_entries WHERE ${column} = $1`,
          [id],
        ),
      );
    return rows[0]?.usd ?? '';
  };

  it('have every pair of facets, with exact sums', async () => {
    const facets = 'organisation team user end_user model key issuer tag client'.split(' ');
    for (const first of facets) {
      for (const second of facets) {
        if (first === second) continue;
        const { data } = await report(admin, `group_by=${first},${second}`);
        const counts = data.reduce((sum, { requests }) => sum + requests, 0);
        const isTagged = [first, second].includes('tag');
        const isCustomers = [first, second].includes('end_user');
        expect([first, second, counts]).toEqual([
          first,
          second,
          isTagged ? 3 : isCustomers ? 2 : 3,
        ]);
      }
    }
    const { data } = await report(admin, 'group_by=team,model');
    expect(data).toMatchObject([
      { team: 'research', model: 'test-model', spend: await spentBy('team_id', 'research') },
      { team: 'sales', model: 'test-model', spend: await spentBy('team_id', 'sales') },
    ]);
  });

  it('come in pages that continue where the last one ended', async () => {
    const groups: unknown[] = [];
    let cursor = '';
    do {
      const page = await report(admin, `group_by=user,tag,day&page_size=1${cursor}`);
      expect(page.data.length).toBeLessThanOrEqual(1);
      groups.push(...page.data);
      cursor = page.next_cursor === null ? '' : `&cursor=${page.next_cursor}`;
    } while (cursor !== '');
    expect(groups).toMatchObject([
      { user: 'alice', tag: 'blue', day: TODAY, requests: 2 },
      { user: 'alice', tag: 'green', day: TODAY, requests: 1 },
    ]);
  });

  it('are files without formulas', async () => {
    const file = async (format: string): Promise<string> => {
      const response = await admin.get(`${REPORT}&group_by=end_user&format=${format}`);
      expect(response.headers.get('content-disposition')).toContain(`.${format}"`);
      return response.text;
    };
    const [head, line] = (await file('csv')).split('\r\n');
    expect(head).toMatch(/^"end_user","spend","input_tokens"/);
    expect(line).toMatch(/^"'=HYPERLINK\(""x""\)",0\.\d{12},/);
    expect(JSON.parse(await file('jsonl'))).toMatchObject({
      end_user: '=HYPERLINK("x")',
      requests: 2,
    });
  });

  it.each([
    'group_by=',
    'group_by=team,user,model',
    'group_by=secret',
    'group_by=team&cursor=x',
    'group_by=day&cursor=WyJ4Il0',
    'group_by=team&format=xml',
    'group_by=team&page_size=0',
    'group_by=team&start_date=2999-01-01',
  ])('refuse %s', async (query) => {
    expect(await statusOf(admin, `${REPORT}&${query}`)).toBe(400);
  });

  it('have requests in pages by number and by cursor, and as a file', async () => {
    const page = await get(admin, `/spend/logs/v2?${DAYS}&page_size=2`);
    const data = [{ user: 'bob' }, { user: 'alice', request_tags: ['blue'] }];
    expect(page).toMatchObject({ total: 3, total_pages: 2, total_is_capped: false, page: 1, data });
    const cursor = String(page['next_cursor']);
    for (const next of ['page=2', `cursor=${cursor}`]) {
      const rest = await get(admin, `/spend/logs/ui?${DAYS}&page_size=2&${next}`);
      expect(rest).toMatchObject({
        next_cursor: null,
        data: [{ request_tags: ['blue', 'green'] }],
      });
    }
    const count = async (query: string): Promise<unknown> =>
      (await get(admin, `/spend/logs/v2?${query}`))['total'];
    expect(await count('status_filter=failure')).toBe(0);
    expect(await count('status_filter=success&team_id=research')).toBe(2);
    expect(await count('min_spend=0.000001&max_spend=1')).toBe(3);
    expect(await count('max_spend=0.000000000001')).toBe(0);
    expect(await count(`start_date=${TODAY} 00:00:00&end_date=${TODAY} 23:59:59`)).toBe(3);
    expect(await statusOf(admin, '/spend/logs/v2?cursor=abc')).toBe(400);
    expect(await get(bob, '/spend/logs/v2')).toMatchObject({ total: 1 });
    expect(await statusOf(bob, '/spend/logs/v2?user_id=alice')).toBe(403);
    const { text } = await admin.get('/spend/logs/v2?format=csv');
    expect(text.trim().split('\r\n')).toHaveLength(4);
    expect(text).toContain(`"'=HYPERLINK(""x"")"`);
  });

  it('tell what a call would cost, at the configured prices', async () => {
    const estimate = { model: 'test-model', input_tokens: 1000, output_tokens: 0 };
    const { json } = await bob.post<Json>('/cost/estimate', {
      ...estimate,
      num_requests_per_day: 2,
    });
    expect(json).toMatchObject({ cost_per_request: 0.00123, daily_cost: 0.00246 });
    const usage = { prompt_tokens: 1000, completion_tokens: 0, total_tokens: 1000 };
    const response = { completion_response: { model: 'test-model', usage } };
    expect((await bob.post('/spend/calculate', response)).json).toEqual({ cost: 0.00123 });
    const messages = [{ role: 'user', content: 'hello' }];
    const asked = await bob.post<Json>('/spend/calculate', { model: 'test-model', messages });
    expect(Number(asked.json['cost'])).toBeGreaterThan(0);
    expect((await bob.post('/spend/calculate', {})).status).toBe(400);
    expect((await bob.post('/cost/estimate', { model: 'none' })).status).toBe(400);
  });

  it('show others than administrators their own spend alone', async () => {
    expect((await report(bob, 'group_by=user')).data).toMatchObject([{ user: 'bob', requests: 1 }]);
    for (const query of ['user=alice', 'team=research', 'user=bob,alice']) {
      expect(await statusOf(bob, `${REPORT}&group_by=model&${query}`)).toBe(403);
    }
    expect(await statusOf(bob, '/user/daily/activity?user_id=alice')).toBe(403);
    expect(await statusOf(bob, '/team/daily/activity?team_ids=research')).toBe(403);
    expect(await statusOf(bob, '/spend/users?user_id=alice')).toBe(403);
    expect(await statusOf(bob, `/global/spend/report?${DAYS}`)).toBe(403);
    expect(await get(bob, '/spend/users')).toMatchObject([{ user_id: 'bob' }]);
    expect(await get(bob, `/global/activity?${DAYS}`)).toMatchObject({ sum_api_requests: 1 });
  });

  it('show an administrator of a team what the team spent', async () => {
    expect(await get(alice, '/team/daily/activity?team_ids=research')).toMatchObject({
      metadata: { total_api_requests: 2 },
    });
  });

  it('have LiteLLM’s daily activity with its breakdowns', async () => {
    const body = await get(admin, `/team/daily/activity?${DAYS}`);
    const spend = Number(await spentBy('team_id', 'research'));
    expect(body).toMatchObject({
      results: [
        {
          date: TODAY,
          metrics: { api_requests: 3, successful_requests: 3, failed_requests: 0 },
          breakdown: {
            models: { 'test-model': { metrics: { api_requests: 3 } } },
            model_groups: { 'test-model': { metrics: { api_requests: 3 } } },
            providers: { openai: { metrics: { api_requests: 3 } } },
            endpoints: { '/chat/completions': { metrics: { api_requests: 3 } } },
            entities: {
              research: { metrics: { spend }, metadata: { team_alias: 'RESEARCH' } },
              sales: { metrics: { api_requests: 1 } },
            },
          },
        },
      ],
      metadata: { total_api_requests: 3, page: 1, total_pages: 1, has_more: false },
    });
    const tags = await get(admin, `/tag/daily/activity?${DAYS}&tags=green`);
    expect(tags).toMatchObject({ metadata: { total_api_requests: 1 } });
    const counts = { user: [3, 2], team: [3, 2], customer: [2, 1], end_user: [2, 1], tag: [3, 2] };
    for (const [path, [requests, entities]] of Object.entries(counts)) {
      const { metadata } = await get(admin, `/${path}/daily/activity/aggregated`);
      const shown = { total_api_requests: requests, total_entities: entities };
      expect([path, metadata]).toMatchObject([path, shown]);
    }
    expect(await statusOf(admin, '/organization/daily/activity/aggregated')).toBe(200);
    const without = await get(admin, '/team/daily/activity/aggregated?exclude_team_ids=research');
    expect(without).toMatchObject({ metadata: { total_api_requests: 1, total_entities: 1 } });
    expect(await statusOf(admin, '/user/daily/activity?start_date=2020-01-01')).toBe(400);
    expect(await statusOf(bob, '/customer/daily/activity/aggregated')).toBe(403);
  });

  it('have LiteLLM’s reports on the whole gateway', async () => {
    const research = Number(await spentBy('team_id', 'research'));
    expect(await get(admin, `/global/spend/report?${DAYS}`)).toMatchObject([
      {
        group_by_day: `${TODAY}T00:00:00+00:00`,
        teams: [{ team_name: 'RESEARCH', total_spend: research }, { team_name: 'SALES' }],
      },
    ]);
    const byCustomer = await get(admin, `/global/spend/report?${DAYS}&group_by=customer`);
    expect(byCustomer).toMatchObject([{ customers: [{ total_spend: research }] }]);
    const byUser = await get(admin, `/global/spend/report?${DAYS}&group_by=internal_user_id`);
    expect(byUser).toMatchObject([
      { internal_user_id: 'alice', total_cost: research, model_details: [{ model: 'test-model' }] },
      { internal_user_id: 'bob' },
    ]);
    expect(await statusOf(admin, '/global/spend/report')).toBe(400);
    expect(await get(admin, '/global/spend')).toMatchObject({ max_budget: 1000.5 });
    expect(await get(admin, '/global/spend/keys')).toEqual([]);
    expect(await get(admin, '/global/spend/teams')).toMatchObject({
      teams: ['RESEARCH', 'SALES'],
      daily_spend: [{ date: TODAY, RESEARCH: research }],
    });
    expect(await get(admin, '/global/spend/models')).toMatchObject([{ model: 'test-model' }]);
    expect(await get(admin, '/global/spend/provider')).toMatchObject([{ provider: 'openai' }]);
    expect(await get(admin, '/global/spend/tags?tags=blue')).toMatchObject({
      spend_per_tag: [{ name: 'blue', log_count: 2 }],
    });
    const names = await get(admin, '/global/spend/all_tag_names');
    expect(names).toEqual({ tag_names: ['blue', 'green'] });
    expect(await get(admin, '/global/spend/logs')).toMatchObject([{ date: TODAY }]);
    const customers = await admin.post('/global/spend/end_users', {});
    expect(customers.json).toMatchObject([{ total_count: 2, total_spend: research }]);
    expect(await get(admin, '/spend/tags')).toMatchObject([
      { individual_request_tag: 'blue', log_count: 2 },
      { individual_request_tag: 'green', log_count: 1 },
    ]);
    const models = await get(admin, `/global/activity/model?${DAYS}`);
    expect(models).toMatchObject([{ model: 'test-model', sum_api_requests: 3 }]);
  });
});
