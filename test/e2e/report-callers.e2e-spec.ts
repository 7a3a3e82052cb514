import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SpendRecorder } from '#libs/spend';
import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

jest.setTimeout(120_000);

const TODAY = new Date().toISOString().slice(0, 10);
const DAYS = `start_date=${TODAY}&end_date=${TODAY}`;
const MESSAGES = [{ role: 'user', content: 'hello' }];

/** Who sees a report: everybody its own, those who see an organisation or everything, or those who see everything. */
type Audience = 'own' | 'organization' | 'everything' | 'prices';

interface ReportRoute {
  readonly audience: Audience;
  readonly query?: string;
  readonly body?: object;
}

const own = (query = ''): ReportRoute => ({ audience: 'own', query });
const ofOrganizations = (query = ''): ReportRoute => ({ audience: 'organization', query });

/** Every report. A new route must be classified. */
const REPORTS: Readonly<Record<string, ReportRoute>> = {
  'GET /gatehouse/spend/report': own(`group_by=user,tag&${DAYS}`),
  'GET /global/activity': own(DAYS),
  'GET /global/activity/model': own(DAYS),
  'GET /spend/keys': own(),
  'GET /spend/logs': own(),
  'GET /spend/logs/session/ui': own('session_id=of-all'),
  'GET /spend/logs/ui': own(),
  'GET /spend/logs/v2': own(),
  'GET /spend/tags': own(),
  'GET /spend/users': own(),
  'GET /tag/daily/activity': own(DAYS),
  'GET /tag/daily/activity/aggregated': own(DAYS),
  'GET /tag/list': own(),
  'GET /team/daily/activity': own(DAYS),
  'GET /team/daily/activity/aggregated': own(DAYS),
  'GET /user/daily/activity': own(DAYS),
  'GET /user/daily/activity/aggregated': own(DAYS),
  'GET /customer/daily/activity': ofOrganizations(DAYS),
  'GET /customer/daily/activity/aggregated': ofOrganizations(DAYS),
  'GET /end_user/daily/activity': ofOrganizations(DAYS),
  'GET /end_user/daily/activity/aggregated': ofOrganizations(DAYS),
  'GET /organization/daily/activity': ofOrganizations(DAYS),
  'GET /organization/daily/activity/aggregated': ofOrganizations(DAYS),
  'GET /global/spend': ofOrganizations(),
  'GET /global/spend/all_tag_names': ofOrganizations(),
  'GET /global/spend/keys': ofOrganizations(),
  'GET /global/spend/logs': ofOrganizations(),
  'GET /global/spend/models': ofOrganizations(),
  'GET /global/spend/provider': ofOrganizations(),
  'GET /global/spend/report': ofOrganizations(`${DAYS}&group_by=internal_user_id`),
  'GET /global/spend/tags': ofOrganizations(),
  'GET /global/spend/teams': ofOrganizations(),
  'POST /global/spend/end_users': { audience: 'organization', body: {} },
  'GET /provider/budgets': { audience: 'everything' },
  'POST /spend/calculate': {
    audience: 'prices',
    body: { model: 'test-model', messages: MESSAGES },
  },
  'POST /cost/estimate': { audience: 'prices', body: { model: 'test-model', input_tokens: 1 } },
};

const CALLERS = ['admin', 'viewer', 'boss', 'lead', 'plain', 'key'] as const;
type Caller = (typeof CALLERS)[number];

/** Whose calls each of them sees where it names nothing; every id of a call has the name in it. */
const SEES: Readonly<Record<Caller, readonly string[]>> = {
  admin: ['plain', 'stranger', 'lone'],
  viewer: ['plain', 'stranger', 'lone'],
  boss: ['plain'],
  lead: [],
  plain: ['plain'],
  key: ['lone'],
};

const MAY_SEE: Readonly<Record<Audience, readonly Caller[]>> = {
  own: CALLERS,
  organization: ['admin', 'viewer', 'boss'],
  everything: ['admin', 'viewer'],
  prices: CALLERS,
};

/** Every operation that reports on spend, by the group that it declares or by its path. */
function documentedReports(): string[] {
  const file = join(import.meta.dirname, '../../docs/reference/openapi.json');
  const { paths } = JSON.parse(readFileSync(file, 'utf8')) as {
    paths: Record<string, Record<string, { 'x-gatehouse-permission'?: { group: string } }>>;
  };
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, operation]) => {
      const group = operation['x-gatehouse-permission']?.group ?? '';
      const isReport =
        group.endsWith('spend_tracking_routes') ||
        /\/daily\/activity|\/spend\/|^\/tag\/list$/.test(path);
      return isReport ? [`${method.toUpperCase()} ${path}`] : [];
    }),
  );
}

describe('who sees which report', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let callers: Readonly<Record<Caller, Client>>;
  let strangersKey: string;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      jwtauth: `
    user_id_jwt_field: sub
    team_ids_jwt_field: teams
    user_id_upsert: true`,
    });
    const admin = Client.admin(gateway.url);
    for (const side of ['plain', 'stranger']) {
      const organization_id = `o-${side}`;
      await admin.post('/organization/new', { organization_id, organization_alias: side });
      await admin.post('/team/new', { team_id: `t-${side}`, organization_id });
    }
    await admin.post('/user/new', { user_id: 'vic', user_role: 'proxy_admin_viewer' });
    await admin.post('/organization/member_add', {
      organization_id: 'o-plain',
      member: { role: 'org_admin', user_id: 'boss' },
    });
    await admin.post('/team/member_add', {
      team_id: 't-plain',
      member: { role: 'admin', user_id: 'lead' },
    });
    const newKey = async (body: object) =>
      (await admin.post<{ key: string; token: string }>('/key/generate', body)).json;
    strangersKey = (await newKey({ user_id: 'u-stranger', key_alias: 'k-stranger' })).token;
    const lone = await newKey({ key_alias: 'k-lone' });
    const as = async (sub: string, team: string | null = null): Promise<Client> =>
      new Client(gateway.url, await issuer.sign({ sub, teams: team === null ? null : [team] }));
    callers = {
      admin,
      viewer: await as('vic'),
      boss: await as('boss'),
      lead: await as('lead'),
      plain: await as('u-plain', 't-plain'),
      key: new Client(gateway.url, lone.key),
    };
    const called = async (client: Client, name: string): Promise<void> => {
      const body = {
        model: 'test-model',
        messages: MESSAGES,
        tags: [`g-${name}`],
        user: `e-${name}`,
        litellm_session_id: 'of-all',
      };
      expect((await client.post('/v1/chat/completions', body)).status).toBe(200);
    };
    await called(callers.plain, 'plain');
    await called(await as('u-stranger', 't-stranger'), 'stranger');
    await called(callers.key, 'lone');
    await gateway.gateway.app.get(SpendRecorder).flush();
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const ask = (caller: Caller, operation: string, query = '', body?: object) => {
    const [method = '', path = ''] = operation.split(' ');
    const target = query === '' ? path : `${path}?${query}`;
    return callers[caller].send(method, target, body === undefined ? {} : { body });
  };

  it('is decided for every report of the API', () => {
    expect(documentedReports().toSorted()).toEqual(Object.keys(REPORTS).toSorted());
  });

  it.each(Object.entries(REPORTS))(
    'is kept by %s',
    async (operation, { audience, query, body }) => {
      for (const caller of CALLERS) {
        const { status, text } = await ask(caller, operation, query, body);
        // Viewers send no POST.
        const isClosed = caller === 'viewer' && !operation.startsWith('GET ');
        const mayAsk = MAY_SEE[audience].includes(caller) && !isClosed;
        expect([operation, caller, status]).toEqual([operation, caller, mayAsk ? 200 : 403]);
        if (!mayAsk) continue;
        const named = ['plain', 'stranger', 'lone'].filter((one) =>
          new RegExp(`[a-z]-${one}`).test(text),
        );
        const hidden = named.filter(
          (one) => !SEES[caller].includes(one) && !isLead(caller, operation),
        );
        expect([operation, caller, hidden]).toEqual([operation, caller, []]);
      }
    },
  );

  /** An administrator of a team sees the team in reports about teams without naming it. */
  function isLead(caller: Caller, operation: string): boolean {
    return caller === 'lead' && operation.startsWith('GET /team/daily/activity');
  }

  it('holds for sums without names', async () => {
    for (const caller of CALLERS) {
      const { json } = await callers[caller].get<{ sum_api_requests: number }>(
        `/global/activity?${DAYS}`,
      );
      expect([caller, json.sum_api_requests]).toEqual([caller, SEES[caller].length]);
    }
    const spendOf = async (caller: Caller): Promise<number> =>
      (await callers[caller].get<{ spend: number }>('/global/spend')).json.spend;
    const all = await spendOf('admin');
    expect(await spendOf('boss')).toBeCloseTo(all / 3, 12);
  });

  it.each<[Caller, string]>([
    ['boss', '/organization/daily/activity?organization_ids=o-plain'],
    ['boss', '/team/daily/activity?team_ids=t-plain'],
    ['boss', '/spend/logs/v2?team_id=t-plain'],
    ['boss', `/gatehouse/spend/report?group_by=user&organisation=o-plain&${DAYS}`],
    ['boss', `/global/spend/report?group_by=internal_user_id&team_id=t-plain&${DAYS}`],
    ['boss', '/spend/users?user_id=u-plain'],
    ['lead', '/team/daily/activity?team_ids=t-plain'],
    ['lead', '/spend/logs?team_id=t-plain'],
    ['lead', `/gatehouse/spend/report?group_by=user&team=t-plain&user=u-plain&${DAYS}`],
    ['plain', '/team/daily/activity?team_ids=t-plain'],
    ['plain', '/spend/logs?user_id=u-plain'],
  ])('lets %s name what it may see: %s', async (caller, path) => {
    const { status, text } = await callers[caller].get(path);
    expect([status, text.includes('plain'), text.includes('stranger')]).toEqual([200, true, false]);
  });

  it.each<[Caller, string]>([
    ['boss', '/organization/daily/activity?organization_ids=o-plain,o-stranger'],
    ['boss', '/organization/daily/activity?organization_ids=no-such'],
    ['boss', '/team/daily/activity?team_ids=t-stranger'],
    ['boss', '/spend/logs?team_id=t-stranger'],
    ['boss', `/gatehouse/spend/report?group_by=user&organisation=o-stranger&${DAYS}`],
    ['boss', `/global/spend/report?team_id=t-stranger&${DAYS}`],
    ['lead', '/team/daily/activity?team_ids=t-plain,t-stranger'],
    ['lead', '/spend/logs?user_id=u-plain'],
    ['plain', '/spend/logs?user_id=u-stranger'],
    ['plain', '/spend/logs?user_id=no-such'],
    ['plain', '/spend/logs?team_id=t-stranger'],
    ['plain', '/spend/logs/v2?user_id=u-stranger'],
    ['plain', '/spend/logs/ui?team_id=t-stranger'],
    ['plain', '/spend/users?user_id=u-stranger'],
    ['plain', '/user/daily/activity?user_id=u-stranger'],
    ['plain', `/gatehouse/spend/report?group_by=user&team=t-stranger&${DAYS}`],
    ['plain', `/gatehouse/spend/report?group_by=user&organisation=o-plain&${DAYS}`],
    ['key', '/spend/logs?user_id=u-plain'],
    ['key', '/spend/logs?team_id=t-plain'],
    ['key', '/user/daily/activity?user_id=u-plain'],
  ])('refuses %s who names what it may not see: %s', async (caller, path) => {
    const { status, json } = await callers[caller].get<{
      error: { code: string; message: string };
    }>(path);
    expect([status, json]).toMatchObject([
      403,
      { error: { message: expect.stringContaining('may not see') as unknown } },
    ]);
  });

  it('refuses the key of another user like one that does not exist, and lets boss see no part of it', async () => {
    for (const id of [strangersKey, '0'.repeat(64)]) {
      for (const caller of ['plain', 'key'] as const) {
        for (const path of ['/spend/logs?api_key=', '/user/daily/activity?api_key=']) {
          const { status } = await callers[caller].get(`${path}${id}`);
          expect([caller, path, status]).toEqual([caller, path, 403]);
        }
      }
    }
    const { status, text } = await callers.boss.get(`/spend/logs?api_key=${strangersKey}`);
    expect([status, text]).toEqual([200, '[]']);
  });
});
