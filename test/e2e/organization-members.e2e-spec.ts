import { randomUUID } from 'node:crypto';
import { Database } from '#libs/database';
import { Reconciler } from '#libs/spend';
import { Client } from '#support/client';
import { describeOnEachDatabase } from '#support/each-database';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

jest.setTimeout(120_000);

type Json = Record<string, unknown>;

describeOnEachDatabase('members of an organisation', (freshDatabase) => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let admin: Client;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    const databaseUrl = await freshDatabase();
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      jwtauth: `
    user_id_jwt_field: sub
    org_id_jwt_field: org
    user_id_upsert: true`,
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
    });
    admin = Client.admin(gateway.url);
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const newOrganization = async (): Promise<string> => {
    const organization_id = randomUUID();
    await admin.post('/organization/new', { organization_id, organization_alias: organization_id });
    return organization_id;
  };
  const add = (by: Client, organization_id: string, member: Json | Json[], limits: Json = {}) =>
    by.post<Json>('/organization/member_add', { organization_id, member, ...limits });
  const update = (by: Client, organization_id: string, changes: Json) =>
    by.send<Json>('PATCH', '/organization/member_update', {
      body: { organization_id, ...changes },
    });
  const remove = (by: Client, organization_id: string, named: Json) =>
    by.send<Json>('DELETE', '/organization/member_delete', { body: { organization_id, ...named } });
  const infoOf = async (organizationId: string, by = admin): Promise<Json> =>
    (await by.get<Json>(`/organization/info?organization_id=${organizationId}`)).json;
  const membersOf = async (organizationId: string): Promise<Json[]> =>
    (await infoOf(organizationId))['members'] as Json[];
  const as = async (sub: string, org: string | null = null): Promise<Client> =>
    new Client(gateway.url, await issuer.sign({ sub, org }));
  /** A person with the role `org_admin` in an organisation. */
  const anAdminOf = async (organizationId: string): Promise<Client> => {
    const user_id = `admin-${randomUUID()}`;
    await add(admin, organizationId, { role: 'org_admin', user_id });
    return as(user_id);
  };

  it('are made, shown, changed and removed in LiteLLM’s shapes', async () => {
    const organization_id = await newOrganization();
    const [user_id, user_email] = [randomUUID(), `${randomUUID()}@acme.example`];
    const added = await add(
      admin,
      organization_id,
      [
        { role: 'internal_user', user_id },
        { role: 'org_admin', user_email },
      ],
      { max_budget_in_organization: 12.5, budget_duration: '30d' },
    );
    expect([added.status, added.json]).toMatchObject([
      200,
      {
        organization_id,
        updated_users: [{ user_id }, { user_email }],
        updated_organization_memberships: [
          {
            user_id,
            organization_id,
            user_role: 'internal_user',
            spend: 0,
            budget_id: null,
            litellm_budget_table: { max_budget: 12.5, budget_duration: '30d' },
          },
          { user_email, user_role: 'org_admin' },
        ],
      },
    ]);
    expect((await add(admin, organization_id, { role: 'internal_user', user_id })).status).toBe(
      400,
    );

    const changed = await update(admin, organization_id, {
      user_id,
      role: 'internal_user_viewer',
      max_budget_in_organization: '0.25',
      budget_duration: null,
    });
    expect(changed.json).toMatchObject({
      user_id,
      user_role: 'internal_user_viewer',
      litellm_budget_table: { max_budget: 0.25, budget_duration: null },
    });
    const member = { user_id, user_role: 'internal_user_viewer', max_budget_usage: {} };
    expect(await membersOf(organization_id)).toContainEqual(
      expect.objectContaining({
        ...member,
        max_budget_usage: expect.objectContaining({ current_spend: 0 }) as unknown,
      }),
    );
    const user = await admin.get<Json>(`/user/info?user_id=${user_id}`);
    expect(user.json).toMatchObject({
      user_info: { organization_memberships: [{ organization_id, user_id }] },
    });
    const cleared = await update(admin, organization_id, {
      user_id,
      max_budget_in_organization: null,
    });
    expect(cleared.json).toMatchObject({ litellm_budget_table: null });

    const left = await remove(admin, organization_id, { user_email });
    expect([left.status, left.json]).toMatchObject([200, { user_email, organization_id }]);
    expect(await membersOf(organization_id)).toMatchObject([{ user_id }]);
    expect((await remove(admin, organization_id, { user_email })).status).toBe(400);
  });

  it('are refused where the request is malformed or names what does not exist', async () => {
    const organization_id = await newOrganization();
    const user_id = randomUUID();
    const paramOf = ({ status, json }: { status: number; json: Json }): unknown[] => [
      status,
      (json['error'] as Json)['param'],
    ];
    const role = 'internal_user';
    expect(paramOf(await add(admin, organization_id, { role: 'admin', user_id }))).toEqual([
      400,
      'member.0.role',
    ]);
    expect(paramOf(await add(admin, organization_id, { role }))).toEqual([400, 'user_id']);
    expect(
      paramOf(
        await add(admin, organization_id, { role, user_id }, { max_budget_in_organization: -1 }),
      ),
    ).toEqual([400, 'max_budget_in_organization']);
    expect(paramOf(await add(admin, 'no-such', { role, user_id }))).toEqual([
      404,
      'organization_id',
    ]);
    expect(paramOf(await update(admin, organization_id, { user_id, role }))).toEqual([
      400,
      'user_id',
    ]);
    expect(await membersOf(organization_id)).toEqual([]);
  });

  it('are held to their budget in the organisation and to no other’s, exactly', async () => {
    const [organization_id, other] = [await newOrganization(), await newOrganization()];
    const user_id = randomUUID();
    await add(
      admin,
      organization_id,
      { role: 'internal_user', user_id },
      { max_budget_in_organization: 0 },
    );
    const refused = await (await as(user_id, organization_id)).chat();
    expect([refused.status, refused.json]).toMatchObject([
      422,
      {
        error: {
          type: 'budget_exceeded',
          budget: { scope: 'org_member', id: `${organization_id}:${user_id}` },
        },
      },
    ]);
    expect((await (await as(randomUUID(), organization_id)).chat()).status).toBe(200);
    expect((await (await as(user_id, other)).chat()).status).toBe(200);

    await update(admin, organization_id, { user_id, max_budget_in_organization: 10 });
    expect((await (await as(user_id, organization_id)).chat()).status).toBe(200);
    const report = await gateway.gateway.app.get(Reconciler).run();
    expect(report.differences).toEqual([]);
    const [entry] = await gateway.gateway.app
      .get(Database)
      .read((manager) =>
        manager.query<{ usd: string }[]>(
          'SELECT sum(cost_usd)::text AS usd FROM spend_entries WHERE user_id = $1 AND org_id = $2',
          [user_id, organization_id],
        ),
      );
    const spent = Number(entry?.usd);
    expect(spent).toBeGreaterThan(0);
    const [member] = (await membersOf(organization_id)).filter((one) => one['user_id'] === user_id);
    expect(member).toMatchObject({ spend: spent, max_budget_usage: { current_spend: spent } });
  });

  it('are changed by the administrators of their organisation alone', async () => {
    const [own, other] = [await newOrganization(), await newOrganization()];
    const boss = await anAdminOf(own);
    const member = { role: 'internal_user', user_id: randomUUID() };
    expect((await add(boss, own, member)).status).toBe(200);
    expect((await update(boss, own, { ...member, max_budget_in_organization: 1 })).status).toBe(
      200,
    );
    expect((await infoOf(own, boss))['members']).toHaveLength(2);
    const lists = await boss.get<Json[]>('/organization/list');
    expect(lists.json).toMatchObject([{ organization_id: own }]);
    for (const organizationId of [other, 'no-such']) {
      for (const { status } of [
        await add(boss, organizationId, member),
        await update(boss, organizationId, member),
        await remove(boss, organizationId, { user_id: member.user_id }),
        await boss.get(`/organization/info?organization_id=${organizationId}`),
      ]) {
        expect(status).toBe(403);
      }
    }
    const ordinary = await as(member.user_id, own);
    for (const { status } of [
      await add(ordinary, own, { role: 'org_admin', user_id: randomUUID() }),
      await update(ordinary, own, { user_id: member.user_id, role: 'org_admin' }),
      await remove(ordinary, own, { user_id: member.user_id }),
      await ordinary.get(`/organization/info?organization_id=${own}`),
      await boss.post('/organization/new', { organization_alias: 'mine' }),
      await boss.send('PATCH', '/organization/update', {
        body: { organization_id: own, models: [] },
      }),
      await boss.send('DELETE', '/organization/delete', { body: { organization_ids: [own] } }),
      await boss.post('/team/new', {}),
    ]) {
      expect(status).toBe(403);
    }
    expect((await remove(boss, own, { user_id: member.user_id })).status).toBe(200);
  });

  it('do not loosen their own budget where they are administrators', async () => {
    const organization_id = await newOrganization();
    const [user_id, second] = [randomUUID(), randomUUID()];
    const bosses = [user_id, second].map((id) => ({ role: 'org_admin', user_id: id }));
    await add(admin, organization_id, bosses, { max_budget_in_organization: 1 });
    const boss = await as(user_id);
    for (const { status, json } of [
      await update(boss, organization_id, { user_id, max_budget_in_organization: 2 }),
      await update(boss, organization_id, { user_id, max_budget_in_organization: null }),
      await update(boss, organization_id, { user_id, budget_duration: '1h' }),
      await remove(boss, organization_id, { user_id }),
    ]) {
      expect([status, (json['error'] as Json)['message']]).toEqual([
        403,
        expect.stringContaining('your own membership'),
      ]);
    }
    const budgets = async () =>
      (await membersOf(organization_id)).map((member) => member['litellm_budget_table']);
    expect(await budgets()).toMatchObject([{ max_budget: 1 }, { max_budget: 1 }]);
    const raised = { user_id, max_budget_in_organization: 3 };
    expect((await update(await as(second), organization_id, raised)).status).toBe(200);
    await update(admin, organization_id, { user_id, max_budget_in_organization: null });
    expect((await remove(boss, organization_id, { user_id })).status).toBe(200);
  });

  it('are made with a new user by its list of organisations, all or none', async () => {
    const organizations = [await newOrganization(), await newOrganization()];
    const user_id = randomUUID();
    const make = (ids: string[]) => admin.post<Json>('/user/new', { user_id, organizations: ids });
    const unknown = await make([...organizations, 'no-such']);
    expect([unknown.status, unknown.json['error']]).toMatchObject([
      404,
      { param: 'organizations' },
    ]);
    expect((await make(organizations)).status).toBe(200);
    for (const id of organizations)
      expect(await membersOf(id)).toMatchObject([{ user_id, user_role: 'internal_user' }]);
  });

  it('lose every right with their membership, from the next request on', async () => {
    const organization_id = await newOrganization();
    const user_id = randomUUID();
    await add(admin, organization_id, { role: 'org_admin', user_id });
    const boss = await as(user_id);
    const status = async (): Promise<number> =>
      (await boss.get(`/organization/info?organization_id=${organization_id}`)).status;
    expect(await status()).toBe(200);
    await update(admin, organization_id, { user_id, role: 'internal_user' });
    expect(await status()).toBe(403);
    await update(admin, organization_id, { user_id, role: 'org_admin' });
    expect(await status()).toBe(200);
    await admin.post('/user/delete', { user_ids: [user_id] });
    await admin.post('/user/new', { user_id, auto_create_key: false });
    expect(await status()).toBe(403);
    expect(await membersOf(organization_id)).toEqual([]);
  });
});
