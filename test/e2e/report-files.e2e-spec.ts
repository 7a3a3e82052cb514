import {
  CENT_CALL,
  startBudgetedGateways,
  type BudgetedGateways,
} from '#support/budgeted-gateways';
import { Client, type Answer } from '#support/client';
import { describeWithPostgres } from '#support/postgres';

jest.setTimeout(120_000);

const TODAY = new Date().toISOString().slice(0, 10);
const DAYS = `start_date=${TODAY}&end_date=${TODAY}`;
const METRICS =
  'prompt_tokens,completion_tokens,cache_read_input_tokens,cache_creation_input_tokens,total_tokens,successful_requests,failed_requests,api_requests';
const CALLS = 3;
/** Keys besides the one that calls: more than the database is asked for at once. */
const KEYS = 4_500;
const KEY_SPEND = 0.000000000001;
/** Of the calls, in hundredths of a cent, to which the other keys add next to nothing. */
const SPENT = 300;

/** A report, the columns of its file, and the column of the amounts where they add up to everything that was spent. */
const REPORTS: readonly (readonly [path: string, columns: string, amount: string | null])[] = [
  ['/spend/keys', 'token,key_alias,user_id,team_id,organization_id,spend', 'spend'],
  ['/spend/users', 'user_id,user_email,user_alias,spend', 'spend'],
  [`/spend/tags?${DAYS}`, 'individual_request_tag,log_count,total_spend', 'total_spend'],
  ['/global/spend', 'spend,max_budget', 'spend'],
  ['/global/spend/keys', 'api_key,key_alias,key_name,total_spend', 'total_spend'],
  ['/global/spend/teams', 'team_id,team_alias,total_spend', 'total_spend'],
  ['/global/spend/models', 'model,total_spend', 'total_spend'],
  ['/global/spend/provider', 'provider,spend', 'spend'],
  ['/global/spend/tags', 'name,spend,log_count', 'spend'],
  ['/global/spend/all_tag_names', 'name', null],
  ['/global/spend/logs', 'date,spend', 'spend'],
  ...['team', 'customer', 'internal_user_id'].map(
    (group) =>
      [
        `/global/spend/report?group_by=${group}&${DAYS}`,
        `date,${group === 'team' ? 'team_name' : group},model,api_key,spend,input_tokens,output_tokens,requests`,
        'spend',
      ] as const,
  ),
  [
    `/global/spend/report?group_by=api_key&${DAYS}`,
    'date,api_key,model,spend,input_tokens,output_tokens,requests',
    'spend',
  ],
  [`/global/activity?${DAYS}`, 'date,api_requests,total_tokens', null],
  [`/global/activity/model?${DAYS}`, 'date,model,api_requests,total_tokens', null],
  ...Object.entries({
    user: 'user_id',
    team: 'team_id',
    organization: 'organization_id',
    customer: 'end_user_id',
    tag: 'tag',
  }).flatMap(([name, column]) =>
    ['', '/aggregated'].map(
      (form) =>
        [
          `/${name}/daily/activity${form}?${DAYS}`,
          `date,${column},spend,${METRICS}`,
          'spend',
        ] as const,
    ),
  ),
  [`/gatehouse/spend/report?group_by=key&${DAYS}`, 'key,spend', 'spend'],
  ['/spend/logs/v2', 'request_id,startTime', 'spend'],
];
/** Texts that a spreadsheet would run. */
const TAG = '@SUM(1)';
const END_USER = '=HYPERLINK("x")';

describeWithPostgres('reports as files', (server) => {
  let budgeted: BudgetedGateways;
  let admin: Client;
  let annsKey: string;

  beforeAll(async () => {
    budgeted = await startBudgetedGateways({ databaseUrl: await server().createDatabase() });
    ({ admin } = budgeted);
    await admin.post('/organization/new', { organization_id: 'acme', organization_alias: 'Acme' });
    await admin.post('/team/new', {
      team_id: 'red',
      team_alias: '-2+3',
      organization_id: 'acme',
      members_with_roles: [{ user_id: 'ann', role: 'user' }],
    });
    const { json } = await admin.post<{ key: string }>('/key/generate', {
      ...{ key_alias: '+1', user_id: 'ann', team_id: 'red' },
    });
    annsKey = json.key;
    for (let call = 0; call < CALLS; call += 1) {
      const stated = { ...CENT_CALL, user: END_USER, tags: [TAG] };
      expect((await budgeted.caller(0, annsKey).chat('hello', stated)).status).toBe(200);
    }
    expect(await budgeted.differences()).toEqual([]);
    await budgeted.rows(
      `INSERT INTO spend_daily (combination, day, org_id, team_id, user_id, key_id, issuer, model_group, model, provider, call_type,
          client, spend_usd, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, requests, successful_requests)
        SELECT sha256(n::text::bytea), $1::date, '', '', '', 'key-' || n, '', 'm', 'm', 'p', 'c', '', $2::numeric, 1, 0, 0, 1, 1, 1
        FROM generate_series(1, $3::int) AS n`,
      [TODAY, KEY_SPEND, KEYS],
    );
  });
  afterAll(async () => {
    await budgeted.stop();
  });

  const withFormat = (path: string, format: string): string =>
    `${path}${path.includes('?') ? '&' : '?'}format=${format}`;
  const fileOf = async (path: string, format: string): Promise<string> => {
    const { status, text, headers } = await admin.get(withFormat(path, format));
    expect([path, status, headers.get('content-disposition')]).toEqual([
      path,
      200,
      expect.stringMatching(new RegExp(`^attachment; filename="[a-z0-9_-]+\\.${format}"$`)),
    ]);
    return text;
  };
  const accepting = (path: string, accept: string): Promise<Answer<unknown>> =>
    admin.send('GET', path, { headers: { accept } });
  const rowsOf = (jsonl: string): Record<string, unknown>[] =>
    jsonl
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  /** In hundredths of a cent. */
  const spentIn = (rows: readonly Record<string, unknown>[], column: string): number =>
    Math.round(rows.reduce((sum, row) => sum + Number(row[column]), 0) * 10_000);

  it.each(REPORTS)(
    '%s has every row, with typed columns and exact amounts',
    async (path, columns, amount) => {
      const csv = await fileOf(path, 'csv');
      const [head = '', ...lines] = csv.trimEnd().split('\r\n');
      expect(head.replaceAll('"', '').slice(0, columns.length)).toBe(columns);
      const rows = rowsOf(await fileOf(path, 'jsonl'));
      expect(rows).toHaveLength(lines.length);
      for (const row of rows) expect(Object.keys(row).join(',')).toBe(head.replaceAll('"', ''));
      if (amount !== null) {
        expect(spentIn(rows, amount)).toBe(SPENT);
        for (const row of rows) expect(row[amount]).toEqual(expect.stringMatching(/^\d+(\.\d+)?$/));
      }
      for (const cell of csv.split(/[,\r\n]+/)) expect(cell).not.toMatch(/^"?[=+@-]/);
      expect(await fileOf(path, 'csv')).toBe(csv);
      expect((await accepting(path, 'text/csv')).text).toBe(csv);
      expect((await accepting(path, 'text/html, application/x-ndjson;q=0.5')).text).toBe(
        await fileOf(path, 'jsonl'),
      );
    },
  );

  it.each(REPORTS)('%s is JSON unless a file is asked for', async (path) => {
    for (const accept of ['*/*', 'application/json, text/csv;q=0.5', 'text/html']) {
      const { headers, json } = await accepting(path, accept);
      expect([accept, headers.get('content-type')]).toEqual([
        accept,
        'application/json; charset=utf-8',
      ]);
      expect(json).toEqual(expect.anything());
    }
    expect((await admin.get(withFormat(path, 'xml'))).status).toBe(400);
  });

  it('have all keys, page by page, where the JSON has the largest', async () => {
    for (const [path, column, shown] of [
      ['/spend/keys', 'token', 1],
      [`/global/spend/keys?${DAYS}`, 'api_key', 100],
    ] as const) {
      expect((await admin.get<unknown[]>(path)).json).toHaveLength(shown);
      const rows = rowsOf(await fileOf(path, 'jsonl'));
      expect(new Set(rows.map((row) => row[column])).size).toBe(KEYS + 1);
      expect(rows).toHaveLength(KEYS + 1);
      expect(rows.at(-1)).toMatchObject({
        [path === '/spend/keys' ? 'spend' : 'total_spend']: '0.000000000001',
      });
    }
    const largest = rowsOf(await fileOf(`/global/spend/keys?limit=1&${DAYS}`, 'jsonl'));
    expect(largest).toMatchObject([{ key_alias: '+1', total_spend: '0.030000000000' }]);
  });

  it('write texts of clients so that no spreadsheet runs them, and the end users by a body', async () => {
    expect(await fileOf('/spend/tags', 'csv')).toContain(`"'${TAG}",3,0.03`);
    expect(await fileOf('/global/spend/teams', 'csv')).toContain(`"red","'-2+3",0.03`);
    expect(await fileOf('/spend/keys', 'csv')).toContain(`"'+1","ann","red",,0.03`);
    const { text } = await admin.post('/global/spend/end_users', { format: 'csv' });
    expect(text).toBe(
      `"end_user","total_count","total_spend"\r\n"'=HYPERLINK(""x"")",3,0.030000000000\r\n`,
    );
  });

  it('have what the caller may see, and are refused like the JSON', async () => {
    const ann = new Client(admin.url, annsKey);
    const { text } = await ann.get('/spend/users?format=csv');
    expect(text.trimEnd().split('\r\n').slice(1)).toEqual(['"ann",,,0.030000000000']);
    for (const path of ['/global/spend/keys?format=csv', '/spend/users?user_id=bob&format=csv']) {
      const { status, json, headers } = await ann.get(path);
      expect([path, status, json.error.reason, headers.get('content-type')]).toEqual([
        path,
        403,
        'route_not_allowed',
        'application/json; charset=utf-8',
      ]);
    }
  });
});
