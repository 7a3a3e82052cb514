import { Writable } from 'node:stream';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import type { Response } from 'express';
import type { AccessContext, Role } from '#libs/access';
import { SpendLogsService, type CallIntent, type CallOutcome } from '#libs/spend';
import { anAccess } from '#support/management';
import { describeOnEachDatabase } from '#support/each-database';
import { anIntent, anOutcome, openSpend, type SpendHarness } from '#support/spend-harness';
import { ReportScope } from './report-scope.service.js';
import { SpendLogsController } from './spend-logs.controller.js';
import { SpendLogsRequest } from './spend-logs.request.js';

/** In the future, so that the sweeper of old open calls leaves these alone. */
const at = (text: string): Date => new Date(`${text}Z`);

describeOnEachDatabase('GET /spend/logs', (freshDatabase) => {
  let harness: SpendHarness;
  let controller: SpendLogsController;

  const book = async (intent: CallIntent, outcome: Partial<CallOutcome> = {}): Promise<void> => {
    await harness.recorder.open(intent);
    await harness.recorder.settle(intent, anOutcome({ endedAt: intent.startedAt, ...outcome }));
  };
  const by = (userId: string | null, role: Role): AccessContext =>
    anAccess({ role, attribution: { ...anIntent().attribution, userId } });
  const admin = by(null, 'proxy_admin');
  const ask = async (
    query: Record<string, string>,
    access: AccessContext = admin,
  ): Promise<{ rows: Record<string, unknown>[]; headers: Record<string, string> }> => {
    const request = plainToInstance(SpendLogsRequest, query);
    expect(validateSync(request, { whitelist: true, forbidNonWhitelisted: true })).toEqual([]);
    const headers: Record<string, string> = {};
    let text = '';
    const body = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        text += chunk.toString();
        done();
      },
    });
    const response = Object.assign(body, {
      setHeader: (name: string, value: string) => Object.assign(headers, { [name]: value }),
      json: (rows: unknown) => {
        text = JSON.stringify(rows);
      },
    });
    await controller.list(request, access, response as unknown as Response);
    return { rows: JSON.parse(text) as Record<string, unknown>[], headers };
  };
  const idsOf = async (query: Record<string, string>, access?: AccessContext): Promise<unknown[]> =>
    (await ask(query, access)).rows.map((row) => row['request_id']);

  beforeAll(async () => {
    harness = await openSpend({ databaseUrl: await freshDatabase() });
    const rows = { of: () => Promise.resolve([]), find: () => Promise.resolve(null) } as never;
    const logs = harness.app.get(SpendLogsService);
    controller = new SpendLogsController(logs, new ReportScope(rows, rows, rows));
    const { attribution } = anIntent();
    const bob = { ...attribution, userId: 'bob', teamId: 'sales', endUserId: null };
    await book(anIntent({ requestId: 'a1', startedAt: at('2041-03-01T10:00:00.123') }));
    await book(
      anIntent({ requestId: 'b1', startedAt: at('2041-03-01T23:59:59.999'), attribution: bob }),
      { usageSource: 'estimate', costPico: 1n, succeeded: false, upstreamStatus: 500 },
    );
    const twice = anIntent({ requestId: 'a2', startedAt: at('2041-03-03T00:00:00') });
    await book(twice, { costPico: 3n });
    await book(
      { ...twice, attempt: 2, startedAt: at('2041-03-03T00:00:01'), model: 'gpt-4o-mini' },
      { costPico: 4n, endedAt: at('2041-03-03T00:00:02.5') },
    );
    const open = anIntent({ requestId: 'open', startedAt: at('2041-03-03T01:00:00') });
    await harness.recorder.open(open);
  });
  afterAll(async () => {
    await harness.close();
  });

  it('shows the parts of a cost, those of all attempts together', async () => {
    const intent = anIntent({ requestId: 'parts', startedAt: at('2041-02-02T00:00:00') });
    const basis = { unitUsd: { input: '0.000001', output: '0.000002', searchLow: '0.01' } };
    const usage = { inputTokens: 10, cachedInputTokens: 0, outputTokens: 20 };
    await book(intent, { basis, usage, costPico: 50_000_000n });
    await book(
      { ...intent, attempt: 2, startedAt: at('2041-02-02T00:00:01') },
      {
        basis: { ...basis, discount: '0.5' },
        usage: { ...usage, details: { searchLow: 1 } },
        costPico: 5_025_000_000n,
      },
    );
    await book(
      { ...intent, attempt: 3, startedAt: at('2041-02-02T00:00:02') },
      {
        usage: { ...usage, details: { cacheWrite: 3, cacheWriteHour: 4, reasoning: 5 } },
        costPico: 0n,
      },
    );
    const { rows } = await ask({ request_id: 'parts' });
    expect(rows).toMatchObject([
      {
        metadata: {
          usage_object: {
            prompt_tokens: 30,
            completion_tokens: 60,
            cache_creation_input_tokens: 7,
            completion_tokens_details: { reasoning_tokens: 5 },
          },
        },
      },
    ]);
    expect(rows).toMatchObject([
      {
        metadata: {
          cost_usd: '0.005075000000',
          cost_breakdown: {
            input_cost: 0.00002,
            output_cost: 0.00008,
            tool_usage_cost: 0.01,
            original_cost: 0.0101,
            discount_amount: 0.005025,
            margin_total_amount: 0,
            total_cost: 0.005075,
          },
        },
      },
    ]);
  });

  it('shows a call that has just been settled, in the shape of LiteLLM', async () => {
    await book(
      anIntent({ requestId: 'now', startedAt: at('2041-02-01T00:00:00'), tags: ['blue'] }),
    );
    const { rows } = await ask({ request_id: 'now' });
    expect(rows).toEqual([
      {
        request_id: 'now',
        call_type: 'acompletion',
        api_key: '',
        spend: 0.0000125,
        total_tokens: 30,
        prompt_tokens: 10,
        completion_tokens: 20,
        startTime: '2041-02-01T00:00:00.000Z',
        endTime: '2041-02-01T00:00:00.000Z',
        model: 'gpt-4o',
        model_id: 'deployment-1',
        model_group: 'chat',
        custom_llm_provider: 'openai',
        user: 'alice',
        ...{ team_id: 'research', organization_id: 'acme' },
        ...{ end_user: 'customer-1', session_id: null },
        status: 'success',
        cache_hit: 'False',
        request_tags: ['blue'],
        metadata: {
          cost_usd: '0.000012500000',
          cost_breakdown: null,
          state: 'settled',
          usage_source: 'provider',
          usage_suspect: false,
          is_priced: true,
          attempts: 1,
          cached_tokens: 0,
          upstream_status: 200,
          client_request_id: null,
          decision_id: 'dec_1',
          client: 'openai-python',
          issuer: 'https://issuer.example',
          subject: 'alice',
          user_api_key_alias: null,
          user_api_key_team_alias: null,
          usage_object: {
            prompt_tokens: 10,
            completion_tokens: 20,
            total_tokens: 30,
            cache_read_input_tokens: 0,
            cache_creation_input_tokens: 0,
            prompt_tokens_details: {
              cached_tokens: 0,
              cache_creation_tokens: 0,
              audio_tokens: 0,
              image_tokens: 0,
            },
            completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0, image_tokens: 0 },
          },
        },
      },
    ]);
  });

  it('is one row for each request, newest first, without open calls', async () => {
    expect(await idsOf({ start_date: '2041-03-01' })).toEqual(['a2', 'b1', 'a1']);
    const { rows } = await ask({ request_id: 'a2' });
    expect(rows).toMatchObject([
      {
        spend: 7e-12,
        total_tokens: 60,
        model: 'gpt-4o-mini',
        startTime: '2041-03-03T00:00:00.000Z',
        endTime: '2041-03-03T00:00:02.500Z',
        metadata: { attempts: 2 },
      },
    ]);
  });

  it.each([
    [{ user_id: 'bob' }, ['b1']],
    [{ team_id: 'research' }, ['a2', 'a1']],
    [{ end_user: 'customer-1' }, ['a2', 'a1']],
    [{ model: 'chat' }, ['a2', 'b1', 'a1']],
    [{ model: 'gpt-4o', user_id: 'bob' }, ['b1']],
    [{ api_key: 'none' }, []],
    [{ request_id: 'a1', user_id: 'bob' }, []],
    [{ end_date: '2041-03-01' }, ['b1', 'a1']],
  ])('filters by %j', async (query, expected) => {
    expect(await idsOf({ start_date: '2041-03-01', summarize: 'false', ...query })).toEqual(
      expected,
    );
  });

  it('pages in the database and says how many there are', async () => {
    const query = { start_date: '2041-03-01', page_size: '2' };
    const first = await ask(query);
    expect(first.rows.map((row) => row['request_id'])).toEqual(['a2', 'b1']);
    expect(first.headers).toEqual({
      'x-total-count': '3',
      'x-litellm-spend-logs-truncated': 'true',
    });
    const second = await ask({ ...query, page: '2' });
    expect(second.rows.map((row) => row['request_id'])).toEqual(['a1']);
    expect(second.headers).toEqual({ 'x-total-count': '3' });
  });

  it('sums by day when both dates are given, empty days behind the last one', async () => {
    const { rows } = await ask({ start_date: '2041-03-01', end_date: '2041-03-04' });
    expect(rows).toEqual([
      {
        startTime: '2041-03-01',
        spend: 0.000012500001,
        users: { alice: 0.0000125, bob: 1e-12 },
        models: { 'gpt-4o': 0.000012500001 },
      },
      {
        startTime: '2041-03-03',
        spend: 7e-12,
        users: { alice: 7e-12 },
        models: { 'gpt-4o': 3e-12, 'gpt-4o-mini': 4e-12 },
      },
      { startTime: '2041-03-04', spend: 0, users: {}, models: {} },
    ]);
    expect((await ask({ start_date: '2040-03-01', end_date: '2040-03-04' })).rows).toEqual([]);
  });

  it('adds a year of empty days at most, however late the last one is (threat A15)', async () => {
    const { rows } = await ask({ start_date: '2041-03-01', end_date: '2999-12-31' });
    expect(rows.length).toBeGreaterThan(366);
    expect(rows.length).toBeLessThan(500);
  });

  it('shows others than administrators their own rows alone', async () => {
    const query = { start_date: '2041-03-01' };
    const bob = by('bob', 'internal_user');
    expect(await idsOf(query, bob)).toEqual(['b1']);
    const refusal = { code: 'route_not_allowed' };
    await expect(ask({ ...query, user_id: 'alice' }, bob)).rejects.toMatchObject(refusal);
    expect(await idsOf({ ...query, request_id: 'a1' }, bob)).toEqual([]);
    const teamless = anAccess({ role: 'team', attribution: { userId: null } });
    await expect(idsOf(query, teamless)).rejects.toMatchObject(refusal);
    expect(await idsOf(query, by('bob', 'proxy_admin_viewer'))).toEqual(['a2', 'b1', 'a1']);
    const days = await ask({ ...query, end_date: '2041-03-01' }, bob);
    expect(days.rows).toMatchObject([{ users: { bob: 1e-12 } }]);
  });

  it('refuses dates in the wrong order', async () => {
    const query = { start_date: '2041-03-02', end_date: '2041-03-01' };
    await expect(ask(query)).rejects.toMatchObject({
      code: 'request_invalid',
      param: 'start_date',
    });
  });

  it.each([
    { start_date: '2041-02-30' },
    { start_date: '2041-03-01T00:00:00Z' },
    { start_date: '0000-01-01' },
    { end_date: '9999-12-31' },
    { end_date: 'today' },
    { page: '0' },
    { page: 'x' },
    { page_size: '1001' },
    { summarize: 'perhaps' },
    { user_id: 'a\0b' },
    { unknown: '1' },
  ])('refuses the query %j', (query) => {
    const request = plainToInstance(SpendLogsRequest, query);
    expect(validateSync(request, { whitelist: true, forbidNonWhitelisted: true })).toHaveLength(1);
  });
});
