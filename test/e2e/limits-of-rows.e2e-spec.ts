import { randomUUID } from 'node:crypto';
import { Client, type Answer } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

type Json = Record<string, unknown>;

interface Row {
  readonly id: string;
  readonly shown: Json;
}

/** How one kind of row is made, changed, shown and listed. */
interface Kind {
  readonly make: (limits: Json) => Promise<Row>;
  readonly change: (id: string, limits: Json) => Promise<Json>;
  readonly show: (id: string) => Promise<Json>;
  readonly list: (id: string) => Promise<Json>;
  /** A request to make one, which is refused. */
  readonly refused: (limits: Json) => Promise<Answer<Json>>;
  /** Members that it has not. */
  readonly lacks?: ReadonlySet<string>;
  readonly hasMetadata?: false;
}

/** A value of each member, another one, and what nothing is shown as. */
const MEMBERS: readonly (readonly [name: string, value: unknown, other: unknown, none: unknown])[] =
  [
    ['max_budget', 12.5, 0, null],
    ['soft_budget', 0.1, 1_000_000, null],
    ['tpm_limit', 100_000, 0, null],
    ['rpm_limit', 1, 60, null],
    ['max_parallel_requests', 5, 6, null],
    ['budget_duration', '30d', '12h', null],
    [
      'budget_limits',
      [{ budget_duration: '1d', max_budget: 5 }],
      [
        { budget_duration: '1h', max_budget: 0.000001 },
        { budget_duration: '7d', max_budget: 20 },
      ],
      null,
    ],
    [
      'model_max_budget',
      { mini: { budget_limit: 1.25, time_period: '1d' } },
      { mini: { budget_limit: 0, time_period: '1mo', models: ['a', 'b'] } },
      {},
    ],
    ['model_rpm_limit', { mini: 5 }, { mini: 0, 'openai/gpt-4o': 7 }, null],
    ['model_tpm_limit', { mini: 5_000 }, { other: 1 }, null],
    ['unpriced_models', 'deny', 'allow', undefined],
    ['budget_id', 'gold', 'silver', null],
    ['budget_reset_at', '2098-01-01T00:00:00.000Z', '2099-12-31T23:59:59.000Z', null],
    ['tags', ['nightly'], ['a', 'b'], null],
  ];
const MALFORMED: readonly (readonly [name: string, value: unknown])[] = [
  ['max_budget', -1],
  ['soft_budget', 'much'],
  ['tpm_limit', 1.5],
  ['rpm_limit', '5'],
  ['max_parallel_requests', -1],
  ['budget_duration', 'daily'],
  ['budget_limits', [{ max_budget: 5 }]],
  ['model_max_budget', { mini: 5 }],
  ['model_rpm_limit', { mini: -1 }],
  ['unpriced_models', 'maybe'],
  ['model_tpm_limit', [5]],
  ['budget_id', 5],
  ['budget_reset_at', '2020-01-01'],
  ['spend', -1],
  ['metadata', 'text'],
  ['metadata', { model_rpm_limit: { mini: 'x' } }],
  ['metadata', { text: '\0' }],
  ['tags', 'nightly'],
  ['tags', [' nightly']],
  ['tags', Array.from({ length: 33 }, String)],
];
/** Members that are shown in `metadata`, too. */
const FOLDED = new Set(['model_rpm_limit', 'model_tpm_limit', 'tags']);
const UNTAGGED = { lacks: new Set(['tags']) };

describe('limits and budgets of rows', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let admin: Client;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({ issuer, upstreamUrl: upstream.url });
    admin = Client.admin(gateway.url);
    await post('/budget/new', { budget_id: 'gold', max_budget: 5 });
    await post('/budget/new', { budget_id: 'silver' });
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
  const found = (rows: unknown, name: string, id: string): Json =>
    (rows as Json[]).find((row) => row[name] === id) ?? {};

  const KINDS = {
    key: {
      make: async (limits) => {
        const shown = await post('/key/generate', limits);
        return { id: String(shown['token']), shown };
      },
      change: (key, limits) => post('/key/update', { key, ...limits }),
      show: async (key) => (await get(`/key/info?key=${key}`))['info'] as Json,
      list: async (key) =>
        found((await get('/key/list?return_full_object=true&size=100'))['keys'], 'token', key),
      refused: (limits) => admin.post<Json>('/key/generate', limits),
    },
    team: {
      make: async (limits) => {
        const shown = await post('/team/new', limits);
        return { id: String(shown['team_id']), shown };
      },
      change: async (team_id, limits) =>
        (await post('/team/update', { team_id, ...limits }))['data'] as Json,
      show: async (id) => (await get(`/team/info?team_id=${id}`))['team_info'] as Json,
      list: async (id) => found(await get('/team/list'), 'team_id', id),
      refused: (limits) => admin.post<Json>('/team/new', limits),
    },
    user: {
      ...UNTAGGED,
      make: async (limits) => {
        const shown = await post('/user/new', { auto_create_key: false, ...limits });
        return { id: String(shown['user_id']), shown };
      },
      change: async (user_id, limits) =>
        (await post('/user/update', { user_id, ...limits }))['data'] as Json,
      show: async (id) => (await get(`/user/info?user_id=${id}`))['user_info'] as Json,
      list: async (id) => found((await get(`/user/list?user_ids=${id}`))['users'], 'user_id', id),
      refused: (limits) => admin.post<Json>('/user/new', limits),
    },
    organization: {
      ...UNTAGGED,
      make: async (limits) => {
        const body = { organization_alias: randomUUID(), ...limits };
        const shown = await post('/organization/new', body);
        return { id: String(shown['organization_id']), shown };
      },
      change: async (organization_id, limits) => {
        const body = { organization_id, ...limits };
        return (await admin.send<Json>('PATCH', '/organization/update', { body })).json;
      },
      show: (id) => get(`/organization/info?organization_id=${id}`),
      list: async (id) =>
        found(await get(`/organization/list?org_id=${id}`), 'organization_id', id),
      refused: (limits) =>
        admin.post<Json>('/organization/new', { organization_alias: 'x', ...limits }),
    },
    tag: {
      ...UNTAGGED,
      hasMetadata: false,
      make: async (limits) => {
        const id = randomUUID();
        return { id, shown: (await post('/tag/new', { name: id, ...limits }))['tag'] as Json };
      },
      change: async (name, limits) =>
        (await post('/tag/update', { name, ...limits }))['tag'] as Json,
      show: async (name) => (await post('/tag/info', { names: [name] }))[name] as Json,
      list: async (name) => found(await get('/tag/list'), 'name', name),
      refused: (limits) => admin.post<Json>('/tag/new', { name: 'x', ...limits }),
    },
    customer: {
      ...UNTAGGED,
      hasMetadata: false,
      make: async (limits) => {
        const id = randomUUID();
        return { id, shown: await post('/customer/new', { user_id: id, ...limits }) };
      },
      change: (user_id, limits) => post('/customer/update', { user_id, ...limits }),
      show: (id) => get(`/customer/info?end_user_id=${id}`),
      list: async (id) => found(await get('/customer/list'), 'user_id', id),
      refused: (limits) => admin.post<Json>('/customer/new', { user_id: 'x', ...limits }),
    },
    budget: {
      lacks: new Set([
        ...['budget_limits', 'model_rpm_limit', 'model_tpm_limit', 'spend', 'tags'],
        // Of a budget, its own name.
        'budget_id',
      ]),
      hasMetadata: false,
      make: async (limits) => {
        const id = randomUUID();
        return { id, shown: await post('/budget/new', { budget_id: id, ...limits }) };
      },
      change: (budget_id, limits) => post('/budget/update', { budget_id, ...limits }),
      show: async (id) => found(await post('/budget/info', { budgets: [id] }), 'budget_id', id),
      list: async (id) => found(await get('/budget/list'), 'budget_id', id),
      refused: (limits) => admin.post<Json>('/budget/new', limits),
    },
  } as const satisfies Readonly<Record<string, Kind>>;

  const KIND_NAMES = Object.keys(KINDS) as (keyof typeof KINDS)[];
  const kindOf = (name: keyof typeof KINDS): Kind => KINDS[name];
  const has = (kind: keyof typeof KINDS, name: string): boolean =>
    kindOf(kind).lacks?.has(name) !== true;
  const cases = KIND_NAMES.flatMap((kind) =>
    MEMBERS.filter(([name]) => has(kind, name)).map((member) => [kind, ...member] as const),
  );

  it.each(cases)(
    '%s: %s is shown as it was made, changed, cleared and listed',
    async (kind, ...member) => {
      const [name, value, other, none] = member;
      const { make, change, show, list, hasMetadata = true } = kindOf(kind);
      // New metadata replaces the tags, which are part of it.
      const free = hasMetadata && name !== 'tags' ? { metadata: { a: 1 } } : {};
      // A member that nothing is shown of is absent.
      const shows = (expected: unknown) => (expected === undefined ? {} : { [name]: expected });
      const { id, shown } = await make({ [name]: value });
      expect(shown).toMatchObject(shows(value));
      expect(await show(id)).toMatchObject(shows(value));
      expect(await list(id)).toMatchObject(shows(value));
      expect(await change(id, { [name]: other })).toMatchObject(shows(other));
      expect(await show(id)).toMatchObject(shows(other));
      if (FOLDED.has(name) && hasMetadata)
        expect(await show(id)).toMatchObject({ metadata: { [name]: other } });
      expect(await change(id, free)).toMatchObject(shows(other));
      expect(await change(id, { [name]: null })).toMatchObject({
        ...shows(none),
        ...free,
      });
      const cleared = await show(id);
      expect(cleared[name]).toEqual(none);
      expect(cleared).toMatchObject(free);
      expect((await list(id))[name]).toEqual(none);
    },
  );

  it.each(KIND_NAMES.flatMap((kind) => MALFORMED.map((member) => [kind, ...member] as const)))(
    '%s: refuses %s: %j, naming the member',
    async (kind, name, value) => {
      const { status, json } = await kindOf(kind).refused({ [name]: value });
      expect([status, (json['error'] as Json)['param']]).toEqual([400, name]);
    },
  );

  it.each(KIND_NAMES.filter((kind) => has(kind, 'spend')))(
    '%s: spend is what counts as spent in the present window, until it is stated again',
    async (kind) => {
      const { make, change, show } = kindOf(kind);
      const { id } = await make({ max_budget: 5, spend: 1.5 });
      const spent = async (): Promise<unknown> =>
        ((await show(id))['max_budget_usage'] as Json)['current_spend'];
      expect(await spent()).toBe(1.5);
      await change(id, { spend: '2.25' });
      expect(await spent()).toBe(2.25);
      await change(id, { spend: null });
      expect(await spent()).toBe(2.25);
      await change(id, { spend: 0 });
      expect(await spent()).toBe(0);
    },
  );

  it.each(['key', 'team'] as const)(
    '%s: tags are taken off without the rest of the metadata, and replaced with all of it',
    async (kind) => {
      const { make, change } = kindOf(kind);
      const { id, shown } = await make({ tags: ['a', 'b', 'a'], metadata: { a: 1, tags: ['c'] } });
      expect(shown).toMatchObject({ tags: ['a', 'b'], metadata: { a: 1, tags: ['a', 'b'] } });
      expect(await change(id, { tags: null })).toMatchObject({ tags: null, metadata: { a: 1 } });
      expect(await change(id, { tags: [] })).toMatchObject({ tags: [], metadata: { a: 1 } });
      expect(await change(id, { metadata: { tags: ['d'] } })).toMatchObject({ tags: ['d'] });
      expect(await change(id, { metadata: { b: 1 } })).toMatchObject({
        tags: null,
        metadata: { b: 1 },
      });
    },
  );
});
