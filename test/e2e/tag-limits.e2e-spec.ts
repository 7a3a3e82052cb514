import { randomUUID } from 'node:crypto';
import {
  startBudgetedGateways,
  WINDOW_STATES,
  type BudgetedGateways,
  type WindowState,
} from '#support/budgeted-gateways';
import type { Client } from '#support/client';
import { eventually } from '#support/eventually';
import { describeWithPostgres } from '#support/postgres';
import { TaggedCalls } from '#support/tagged-calls';

type Json = Record<string, unknown>;

/** Where the tags of a request may come from besides its key and team. */
const SOURCES: readonly (readonly [
  name: string,
  of: (tags: readonly string[]) => {
    readonly body?: object;
    readonly headers?: Record<string, string>;
  },
])[] = [
  ['x-litellm-tags', (tags) => ({ headers: { 'x-litellm-tags': tags.join(', ') } })],
  ['tags', (tags) => ({ body: { tags } })],
  ['metadata.tags', (tags) => ({ body: { metadata: { tags } } })],
  ['litellm_metadata.tags', (tags) => ({ body: { litellm_metadata: { tags } } })],
];

describeWithPostgres('the limits of tags, on two replicas', (server) => {
  let budgeted: BudgetedGateways;
  let admin: Client;
  let tagged: TaggedCalls;

  beforeAll(async () => {
    budgeted = await startBudgetedGateways({
      replicas: 2,
      databaseUrl: await server().createDatabase(),
    });
    ({ admin } = budgeted);
    tagged = new TaggedCalls(budgeted);
  });
  afterAll(async () => {
    await budgeted.stop();
  });

  it.each(SOURCES)('that a request states in %s limit it', async (_name, of) => {
    const key = await tagged.newKey();
    const [narrow, wide] = [
      await tagged.newTag({ max_budget: 0.01 }),
      await tagged.newTag({ max_budget: 5 }),
    ];
    expect((await tagged.call(0, key, of([wide, narrow]))).status).toBe(200);
    expect(await budgeted.differences()).toEqual([]);
    const refused = await tagged.call(1, key, of([wide, narrow]));
    expect([refused.status, refused.json['error']]).toMatchObject([
      422,
      {
        type: 'budget_exceeded',
        budget: { scope: 'tag', id: narrow, limit: '0.01', spent: '0.01' },
      },
    ]);
    expect((await tagged.call(1, key, of([wide]))).status).toBe(200);
    expect((await tagged.call(1, key)).status).toBe(200);
  });

  it.each([
    ['key', 'metadata.tags', (tags: string[]) => ({ metadata: { tags } })],
    ['team', 'metadata.tags', (tags: string[]) => ({ metadata: { tags } })],
    ['key', 'tags', (tags: string[]) => ({ tags })],
    ['team', 'tags', (tags: string[]) => ({ tags })],
  ])('that a %s sets in %s hold for every request of it', async (scope, _, of) => {
    const tag = await tagged.newTag({ rpm_limit: 1 });
    const values = of([tag]);
    const team_id =
      scope === 'team' ? String((await tagged.post('/team/new', values))['team_id']) : '';
    const key = await tagged.newKey(scope === 'team' ? { team_id } : values);
    expect((await tagged.call(0, key, { body: { tags: ['other'] } })).status).toBe(200);
    const many = Array.from({ length: 50 }, () => randomUUID());
    for (const body of [{}, { tags: [] }, { metadata: { tags: null } }, { tags: many }]) {
      await eventually(async () => {
        const refused = await tagged.call(0, key, { body });
        expect([refused.status, refused.json['error']]).toMatchObject([
          429,
          { rate_limit: { scope: 'tag', id: tag, type: 'requests', limit: 1 } },
        ]);
      });
    }
    await budgeted.differences();
    const [entry] = await budgeted.rows<{ tags: string[] }>(
      'SELECT tags FROM spend_entries WHERE tags @> jsonb_build_array($1::text)',
      [tag],
    );
    expect(entry?.tags).toEqual([tag, 'other']);
  });

  it('let exactly as many of many calls at once pass as the tighter of two tags bears', async () => {
    const key = await tagged.newKey();
    const [narrow, wide] = [
      await tagged.newTag({ max_budget: 0.2 }),
      await tagged.newTag({ max_budget: 0.9 }),
    ];
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        tagged.call(index, key, { body: { tags: [wide, narrow], stream: index % 3 === 0 } }),
      ),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(20);
    expect([...new Set(statuses)].toSorted()).toEqual([200, 422]);
    expect(await budgeted.differences()).toEqual([]);
    const spentOf = async (tag: string): Promise<unknown> =>
      (await budgeted.rows<WindowState>(WINDOW_STATES, [[tag]])).map(({ spent }) => spent);
    expect(await spentOf(narrow)).toEqual([0.2]);
    expect(await spentOf(wide)).toEqual([0.2]);
    expect(await tagged.shown(narrow)).toMatchObject({
      spend: 0.2,
      max_budget_usage: { current_spend: 0.2 },
    });
    const activity = await admin.get<Json>(`/tag/daily/activity?tags=${narrow}`);
    expect(activity.json['metadata']).toMatchObject({ total_spend: 0.2 });
    const { json: tags } = await admin.get<Json[]>('/spend/tags');
    expect(tags.find((row) => row['individual_request_tag'] === narrow)).toMatchObject({
      log_count: 20,
      total_spend: 0.2,
    });
  });

  it('count what was spent under them before they were limited, and are free again once they are deleted', async () => {
    const key = await tagged.newKey();
    const name = randomUUID();
    expect((await tagged.call(0, key, { body: { tags: [name] } })).status).toBe(200);
    const { json: list } = await admin.get<Json[]>('/tag/list');
    expect(list.find((tag) => tag['name'] === name)).toMatchObject({ models: null, spend: 0.01 });
    await tagged.post('/tag/new', { name, max_budget: 0.015 });
    await eventually(async () => {
      const refused = await tagged.call(1, key, { body: { tags: [name] } });
      expect([refused.status, refused.json['error']]).toMatchObject([
        422,
        { budget: { spent: '0.01', limit: '0.015' } },
      ]);
    });
    await tagged.post('/tag/delete', { name });
    await eventually(async () => {
      expect((await tagged.call(1, key, { body: { tags: [name] } })).status).toBe(200);
    });
    expect(await budgeted.differences()).toEqual([]);
  });

  it('are part of an explanation, with what is left of their budgets', async () => {
    const tag = await tagged.newTag({ max_budget: 0.01 });
    const key = await tagged.newKey();
    const explain = async (request: object): Promise<Json> =>
      (await admin.post<Json>('/auth/explain', { token: key, model: 'test-model', ...request }))
        .json;
    for (const request of [{ tags: [tag] }, { headers: { 'X-LiteLLM-Tags': tag } }]) {
      expect((await explain(request))['remaining_budgets']).toEqual([
        { scope: 'tag', id: tag, remaining_usd: '0.010000000000' },
      ]);
    }
    expect((await tagged.call(0, key, { body: { tags: [tag] } })).status).toBe(200);
    expect(await explain({ tags: [tag] })).toMatchObject({
      status: 422,
      reason: 'budget_exceeded',
      remaining_budgets: [{ scope: 'tag', id: tag, remaining_usd: '0.000000000000' }],
    });
    const refused = await tagged.call(0, key, { body: { tags: [tag] } });
    const id = refused.headers.get('x-gatehouse-decision-id') ?? '';
    expect((await admin.get<Json>(`/decisions/${id}`)).json).toMatchObject({
      remaining_budgets: [{ scope: 'tag', id: tag }],
    });
  });

  it('keep requests to the models that they name', async () => {
    const tag = await tagged.newTag({ models: ['other-model', 'test-*'] });
    const key = await tagged.newKey();
    expect((await tagged.call(0, key, { body: { tags: [tag] } })).status).toBe(200);
    await tagged.post('/tag/update', { name: tag, models: ['other-model'] });
    await eventually(async () => {
      const refused = await tagged.call(1, key, { body: { tags: ['a', tag] } });
      expect([refused.status, refused.json['error']]).toMatchObject([
        403,
        { reason: 'model_not_allowed', message: expect.stringContaining(tag) as unknown },
      ]);
    });
    const explained = { token: key, model: 'test-model', tags: [tag] };
    expect((await admin.post<Json>('/auth/explain', explained)).json).toMatchObject({
      reason: 'model_not_allowed',
    });
    await tagged.post('/tag/update', { name: tag, models: null });
    await eventually(async () => {
      expect((await tagged.call(1, key, { body: { tags: [tag] } })).status).toBe(200);
    });
  });
});
