import { randomUUID } from 'node:crypto';
import { Client, type SpendRow } from '#support/client';
import { eventually } from '#support/eventually';
import type { TestIssuer } from '#support/issuer';
import { describeWithPostgres } from '#support/postgres';
import { startReplicas, type Replicas } from '#support/replicas';

/** A customer as the API shows it. */
interface Customer {
  readonly user_id: string;
  readonly alias: string | null;
  readonly blocked: boolean;
  readonly spend: number;
}

/** Responses about several customers. */
interface Customers {
  readonly blocked_users: readonly Customer[];
  readonly unblocked_users: readonly Customer[];
  readonly deleted_customers: number;
}

const NO_LIMITS = {
  max_budget: null,
  soft_budget: null,
  budget_duration: null,
  budget_reset_at: null,
  model_max_budget: {},
  max_parallel_requests: null,
  tpm_limit: null,
  rpm_limit: null,
  budget_limits: null,
  budget_id: null,
  model_rpm_limit: null,
  model_tpm_limit: null,
};

const JWTAUTH = `
    user_id_jwt_field: sub
    user_id_upsert: true
    end_user_id_jwt_field: customer
    sync_user_role_and_teams: true
    jwt_litellm_role_map:
      - { jwt_role: viewer, litellm_role: proxy_admin_viewer }
    roles_jwt_field: roles
  user_header_name: X-Who
  user_header_mappings: [{ header_name: X-Customer, litellm_user_role: customer }]`;

describeWithPostgres('customers, on two replicas', (server) => {
  let issuer: TestIssuer;
  let replicas: Replicas;
  let caller: Client;
  let admin: Client;

  beforeAll(async () => {
    replicas = await startReplicas(server(), { jwtauth: JWTAUTH });
    ({ issuer } = replicas);
    admin = Client.admin(replicas.first.url);
    caller = new Client(replicas.second.url, await issuer.sign({}));
  });

  afterAll(async () => {
    await replicas.stop();
  });

  const infoOf = async (id: string): Promise<Customer> =>
    (await admin.get<Customer>(`/customer/info?end_user_id=${id}`)).json;

  it.each(['customer', 'end_user'])(
    'are made, shown, changed, listed and deleted at /%s',
    async (prefix) => {
      const user_id = randomUUID();
      const made = await admin.post<Customer>(`/${prefix}/new`, { user_id, alias: 'Shop' });
      expect(made.json).toEqual({
        ...NO_LIMITS,
        user_id,
        alias: 'Shop',
        blocked: false,
        spend: 0,
        allowed_model_region: null,
        default_model: null,
        litellm_budget_table: null,
        object_permission: null,
      });
      expect((await admin.post(`/${prefix}/new`, { user_id })).json.error.reason).toBe(
        'already_exists',
      );
      const changed = await admin.post<Customer>(`/${prefix}/update`, { user_id, alias: null });
      expect(changed.json).toEqual({ ...made.json, alias: null });
      expect((await admin.get(`/${prefix}/info?end_user_id=${user_id}`)).json).toEqual(
        changed.json,
      );
      const listed = await admin.get<Customer[]>(`/${prefix}/list`);
      expect(listed.json).toContainEqual(changed.json);
      const removed = await admin.post<Customers>(`/${prefix}/delete`, { user_ids: [user_id] });
      expect(removed.json.deleted_customers).toBe(1);
      for (const [path, body] of [
        ['update', { user_id }],
        ['delete', { user_ids: [user_id] }],
        ['unblock', { user_ids: [user_id] }],
      ] as const) {
        expect((await admin.post(`/${prefix}/${path}`, body)).status).toBe(404);
      }
      expect((await admin.get(`/${prefix}/info?end_user_id=${user_id}`)).status).toBe(404);
    },
  );

  it('that a call is the first to name are listed with their spend, which outlives them', async () => {
    const user = randomUUID();
    expect((await caller.chat('hello', { user })).status).toBe(200);
    await eventually(async () => {
      expect((await infoOf(user)).spend).toBeGreaterThan(0);
    });
    const { spend } = await infoOf(user);
    const listed = await admin.get<Customer[]>('/customer/list?page=1&page_size=10000');
    expect(listed.json).toContainEqual(expect.objectContaining({ user_id: user, spend }));
    await admin.post('/customer/delete', { user_ids: [user] });
    const rows = await admin.get<SpendRow[]>(`/spend/logs?end_user=${user}&summarize=false`);
    expect(rows.json).toHaveLength(1);
    expect((await admin.post<Customer>('/customer/new', { user_id: user })).json.spend).toBe(spend);
  });

  it('have limits that are shown, changed member by member, cleared by null, and enforced', async () => {
    const user_id = randomUUID();
    const limits = { max_budget: 2.5, budget_duration: '30d', tpm_limit: 1000, rpm_limit: 1 };
    const made = await admin.post<Customer & typeof limits>('/customer/new', {
      user_id,
      ...limits,
    });
    expect(made.json).toMatchObject({ ...limits, litellm_budget_table: limits });
    const changed = await admin.post('/end_user/update', {
      user_id,
      tpm_limit: null,
      soft_budget: 1,
    });
    expect(changed.json).toMatchObject({ ...limits, tpm_limit: null, soft_budget: 1 });
    expect(await infoOf(user_id)).toMatchObject(changed.json);
    const client = new Client(replicas.first.url, await issuer.sign({}));
    expect((await client.chat('x', { user: user_id })).status).toBe(200);
    expect((await client.chat('x', { user: user_id })).json.error.reason).toBe('rate_limited');
    expect((await client.chat('x', { user: randomUUID() })).status).toBe(200);
    const none = Object.fromEntries(Object.keys(limits).map((name) => [name, null]));
    const cleared = await admin.post('/customer/update', { user_id, ...none, soft_budget: null });
    expect(cleared.json).toMatchObject({ ...NO_LIMITS, litellm_budget_table: null });
  });

  it('are refused once their budget is spent, and admitted again once it is raised', async () => {
    const user = randomUUID();
    await admin.post('/customer/new', { user_id: user, max_budget: 0 });
    const ask = () => new Client(replicas.first.url, token).chat('x', { user, max_tokens: 5 });
    const token = await issuer.sign({});
    const refused = await ask();
    expect([refused.status, refused.json.error.reason]).toEqual([422, 'budget_exceeded']);
    expect(refused.json.error).toMatchObject({ budget: { scope: 'end_user', id: user } });
    await admin.post('/customer/update', { user_id: user, max_budget: 1 });
    expect((await ask()).status).toBe(200);
  });

  it('may have a budget with a name, which must exist', async () => {
    const [user_id, budget_id] = [randomUUID(), randomUUID()];
    const body = { user_id, budget_id };
    const unknown = await admin.post('/customer/new', body);
    expect(unknown.status).toBeGreaterThanOrEqual(400);
    expect(unknown.status).toBeLessThan(500);
    await admin.post('/budget/new', { budget_id, max_budget: 1 });
    expect((await admin.post('/customer/new', body)).json).toMatchObject(body);
    expect(await infoOf(user_id)).toMatchObject({ ...body, litellm_budget_table: { budget_id } });
    const cleared = await admin.post('/customer/update', { user_id, budget_id: null });
    expect(cleared.json).toMatchObject({ budget_id: null, litellm_budget_table: null });
  });

  it('are changed by administrators alone, and read by their viewers too', async () => {
    const viewer = new Client(
      replicas.first.url,
      await issuer.sign({ sub: 'viewer', roles: ['viewer'] }),
    );
    const user_id = randomUUID();
    const ids = { user_ids: [user_id] };
    for (const client of [viewer, caller]) {
      for (const path of ['new', 'update'])
        expect((await client.post(`/customer/${path}`, { user_id })).status).toBe(403);
      for (const path of ['delete', 'block', 'unblock'])
        expect((await client.post(`/customer/${path}`, ids)).status).toBe(403);
    }
    await admin.post('/customer/new', { user_id });
    for (const [client, status] of [
      [viewer, 200],
      [caller, 403],
    ] as const) {
      expect((await client.get('/customer/list')).status).toBe(status);
      expect((await client.get(`/customer/info?end_user_id=${user_id}`)).status).toBe(status);
    }
  });

  it.each([
    [{}],
    [{ user_id: '' }],
    [{ user_id: 'a', blocked: 'yes' }],
    [{ user_id: 'a', object_permission: ['v'] }],
    [{ user_id: 'a', spend: -3 }],
    [{ user_id: 'a', max_budget: -1 }],
    [{ user_id: 'a', max_budget: 1, budget_id: 'gold' }],
    [{ user_id: 'a', metadata: { a: 1 } }],
    [{ user_id: 'a', unheard_of: 1 }],
  ])('are not made of %j', async (body) => {
    expect((await admin.post('/customer/new', body)).status).toBe(400);
  });

  it('that are blocked before their first call never reach the upstream, until they are unblocked', async () => {
    const user = randomUUID();
    const ids = { user_ids: [user] };
    const blocked = await admin.post<Customers>('/customer/block', ids);
    expect(blocked.json.blocked_users).toMatchObject([{ user_id: user, blocked: true }]);
    await eventually(async () => {
      expect((await caller.chat('x', { user })).json.error.reason).toBe('end_user_blocked');
    }, 1_000);
    const before = replicas.upstream.records.length;
    expect((await caller.chat('x', { user, stream: true })).status).toBe(403);
    expect(replicas.upstream.records).toHaveLength(before);
    const unblocked = await admin.post<Customers>('/end_user/unblock', ids);
    expect(unblocked.json).toMatchObject({
      blocked_users: [],
      unblocked_users: [{ blocked: false }],
    });
    await eventually(async () => {
      expect((await caller.chat('x', { user })).status).toBe(200);
    }, 1_000);
  });

  it('are named by the token where the body names another end user', async () => {
    const [own, other] = [randomUUID(), randomUUID()];
    await admin.post('/customer/block', { user_ids: [other] });
    const client = new Client(replicas.first.url, await issuer.sign({ customer: own }));
    const metadata = { user_id: other };
    const named = { user: other, safety_identifier: other, metadata };
    expect((await client.chat('x', named)).status).toBe(200);
    await admin.post('/customer/block', { user_ids: [own] });
    expect((await client.chat('x')).json.error.reason).toBe('end_user_blocked');
  });
});
