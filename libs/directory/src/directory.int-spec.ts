import { randomUUID } from 'node:crypto';
import { Global, Module, ValidationPipe, type Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { describeOnEachDatabase } from '#support/each-database';
import {
  aMasterKeyAccess,
  anAccess,
  openManagement,
  type ManagementBench,
} from '#support/management';
import type { AccessContext } from '#libs/access';
import { Clock, SystemClock } from '#libs/common';
import { ChangeFeed, Database } from '#libs/database';
import { CreateOrganizationRequest, UpdateOrganizationRequest } from '#libs/orgs';
import { SpendModule, SpendTotals } from '#libs/spend';
import { AddTeamMembersRequest, CreateTeamRequest, UpdateTeamRequest } from '#libs/teams';
import { CreateUserRequest, ListUsersRequest, UpdateUserRequest } from '#libs/users';
import { DirectoryModule } from './directory.module.js';
import { OrganizationsController } from './organizations.controller.js';
import { TeamsController } from './teams.controller.js';
import { UsersController } from './users.controller.js';

const ADMIN = aMasterKeyAccess();
const VIEWER = anAccess({ role: 'proxy_admin_viewer', attribution: { userId: 'viewer' } });

describeOnEachDatabase('the directory', (freshDatabase) => {
  let bench: ManagementBench;
  let teams: TeamsController;
  let users: UsersController;
  let organizations: OrganizationsController;
  const spend = new Map<string, bigint>();
  const pipe = new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
  });

  beforeAll(async () => {
    bench = await openManagement(await freshDatabase());
    const read = (scope: string, ids: readonly string[]) =>
      Promise.resolve(new Map(ids.map((id) => [id, spend.get(`${scope} ${id}`) ?? 0n])));
    const totals = { read, readIfPossible: read };
    const providers = [
      { provide: Database, useValue: bench.database },
      { provide: ChangeFeed, useValue: bench.database.changes },
      { provide: Clock, useClass: SystemClock },
      { provide: SpendTotals, useValue: totals },
    ];
    @Global()
    @Module({ providers, exports: providers.map(({ provide }) => provide) })
    class Foundation {}
    @Module({})
    class NoSpendModule {}
    const module = await Test.createTestingModule({ imports: [Foundation, DirectoryModule] })
      .overrideModule(SpendModule)
      .useModule(NoSpendModule)
      .compile();
    teams = module.get(TeamsController);
    users = module.get(UsersController);
    organizations = module.get(OrganizationsController);
  });
  afterAll(async () => {
    await bench.close();
  });

  const request = async <T>(type: Type<T>, body: object): Promise<T> =>
    (await pipe.transform(body, { type: 'body', metatype: type })) as T;
  const newTeam = async (body: object = {}): Promise<string> =>
    (await teams.create(await request(CreateTeamRequest, body), ADMIN)).team_id;
  const newUser = async (body: object = {}): Promise<string> =>
    (await users.create(await request(CreateUserRequest, body), ADMIN)).user_id;
  const newOrganization = async (): Promise<string> => {
    const body = { organization_alias: 'Org' };
    const made = await organizations.create(await request(CreateOrganizationRequest, body), ADMIN);
    return made.organization_id;
  };
  const addMember = async (teamId: string, member: object) =>
    teams.addMembers(await request(AddTeamMembersRequest, { team_id: teamId, member }), ADMIN);
  const updateUser = async (body: object) =>
    users.update(await request(UpdateUserRequest, body), ADMIN);
  const as = (userId: string | null, teamId: string | null = null): AccessContext =>
    anAccess({ attribution: { userId, teamId } });

  describe('teams', () => {
    it('are made, shown and listed in LiteLLM’s shape, with their members and spend', async () => {
      const [known, teamId] = [
        await newUser({ user_email: `${randomUUID()}@x.example` }),
        randomUUID(),
      ];
      spend.set(`team ${teamId}`, 12_500_000n).set(`team_member ${teamId}:${known}`, 500_000n);
      const made = await teams.create(
        await request(CreateTeamRequest, {
          team_id: teamId,
          team_alias: 'Research',
          models: ['gpt-4o', 'no-default-models'],
          metadata: { cost_center: 7 },
          max_budget: null,
          members_with_roles: [
            { role: 'admin', user_id: known },
            { role: 'user', user_email: `new-${randomUUID()}@x.example` },
          ],
        }),
        ADMIN,
      );
      expect(made).toMatchObject({
        team_id: teamId,
        team_alias: 'Research',
        organization_id: null,
        admins: [],
        members: [],
        metadata: { cost_center: 7 },
        models: ['gpt-4o', 'no-default-models'],
        blocked: false,
        spend: 0.0000125,
        max_budget: null,
        members_with_roles: expect.arrayContaining([
          { user_id: known, user_email: expect.stringContaining('@x.example'), role: 'admin' },
        ]),
      });
      const info = await teams.info({ team_id: teamId }, ADMIN);
      expect(info).toEqual({
        team_id: teamId,
        team_info: Object.assign({}, made, { team_member_budget_table: null }),
        keys: [],
        team_memberships: expect.arrayContaining([
          {
            user_id: known,
            team_id: teamId,
            budget_id: null,
            spend: 0.0000005,
            litellm_budget_table: null,
          },
        ]),
      });
      const listed = await teams.list({ user_id: known }, ADMIN);
      const { team_memberships } = info;
      expect(listed).toEqual([Object.assign({}, made, { keys: [], team_memberships })]);
    });

    it('are listed with as many queries for twenty as for one', async () => {
      const organizationId = await newOrganization();
      for (let index = 0; index < 20; index += 1)
        await newTeam({ organization_id: organizationId });
      const read = jest.spyOn(bench.database, 'read');
      const listed = await teams.list({ organization_id: organizationId }, ADMIN);
      expect(listed).toHaveLength(20);
      expect(read.mock.calls.length).toBeLessThanOrEqual(4);
      read.mockRestore();
    });

    it('keep what an update does not name, lose what it clears with null', async () => {
      const teamId = await newTeam({ team_alias: 'A', models: ['m'], metadata: { a: 1 } });
      const update = async (body: object) =>
        teams.update(await request(UpdateTeamRequest, { team_id: teamId, ...body }), ADMIN);
      expect((await update({ models: [] })).data).toMatchObject({ team_alias: 'A', models: [] });
      expect(await update({ team_alias: null, metadata: null, blocked: null })).toMatchObject({
        team_id: teamId,
        data: { team_alias: null, metadata: {}, blocked: false },
      });
    });

    it('are blocked and unblocked', async () => {
      const teamId = await newTeam();
      expect(await teams.block({ team_id: teamId }, ADMIN)).toMatchObject({ blocked: true });
      expect(await bench.teams.find(teamId)).toMatchObject({ blocked: true });
      expect(await teams.unblock({ team_id: teamId }, ADMIN)).toMatchObject({ blocked: false });
      const [, blocked] = await bench.entriesOf(teamId);
      expect(blocked).toMatchObject({ action: 'blocked', actor_user_id: 'default_user_id' });
    });

    it('show themselves to their members and to the team of the request, and to nobody else', async () => {
      const userId = await newUser();
      const teamId = await newTeam({ members_with_roles: [{ role: 'user', user_id: userId }] });
      const refusal = { code: 'not_found', message: 'There is no such team.' };
      const query = { team_id: teamId };
      await expect(teams.info(query, as(userId))).resolves.toMatchObject(query);
      await expect(teams.info(query, as(null, teamId))).resolves.toMatchObject(query);
      await expect(teams.info(query, VIEWER)).resolves.toMatchObject(query);
      await expect(teams.info(query, as('mallory', 'other'))).rejects.toMatchObject(refusal);
      await expect(teams.info({ team_id: 'no such' }, ADMIN)).rejects.toMatchObject(refusal);
      expect(await teams.list({}, as(userId))).toEqual([expect.objectContaining(query)]);
      expect(await teams.list({}, as('mallory'))).toEqual([]);
      expect(await teams.list({ organization_id: 'other' }, as(userId))).toEqual([]);
      await expect(teams.list({ user_id: userId }, as('mallory'))).rejects.toMatchObject({
        code: 'route_not_allowed',
      });
    });

    it('leave their spend behind when they are deleted', async () => {
      const [first, second] = [await newTeam(), await newTeam()];
      spend.set(`team ${first}`, 1_000_000_000_000n);
      expect(await teams.remove({ team_ids: [first, second] }, ADMIN)).toEqual({
        deleted_teams: [first, second],
      });
      expect(await newTeam({ team_id: first })).toBe(first);
      expect(await teams.info({ team_id: first }, ADMIN)).toMatchObject({
        team_info: { spend: 1 },
      });
      await expect(teams.remove({ team_ids: [first, 'no such'] }, ADMIN)).rejects.toMatchObject({
        code: 'not_found',
      });
    });
  });

  describe('members', () => {
    it('join by id, by address or as new users, and leave', async () => {
      const email = `${randomUUID()}@x.example`;
      const [byId, byEmail, made] = [
        await newUser(),
        await newUser({ user_email: email }),
        randomUUID(),
      ];
      const teamId = await newTeam();
      const added = await addMember(teamId, [
        { role: 'user', user_id: byId },
        { role: 'admin', user_email: email.toUpperCase() },
        { role: 'user', user_id: made },
      ]);
      const ids = added.updated_users.map((user) => user.user_id);
      expect(new Set(ids)).toEqual(new Set([byId, byEmail, made]));
      expect(added.members_with_roles).toHaveLength(3);
      expect(added.updated_team_memberships).toHaveLength(3);
      const left = await teams.removeMember({ team_id: teamId, user_email: email }, ADMIN);
      expect(left.members_with_roles.map((member) => member.user_id)).not.toContain(byEmail);
      await expect(
        teams.removeMember({ team_id: teamId, user_id: byEmail }, ADMIN),
      ).rejects.toMatchObject({ code: 'request_invalid' });
    });

    it('join once', async () => {
      const teamId = await newTeam();
      await addMember(teamId, { role: 'user', user_id: 'once' });
      await expect(addMember(teamId, { role: 'user', user_id: 'once' })).rejects.toMatchObject({
        code: 'request_invalid',
        type: 'team_member_already_in_team',
      });
    });

    it('all join when many are added at once, and the user is made once', async () => {
      const userId = randomUUID();
      const teamIds = await Promise.all(Array.from({ length: 10 }, () => newTeam()));
      await Promise.all(
        teamIds.map((teamId) => addMember(teamId, { role: 'user', user_id: userId })),
      );
      expect(await bench.teams.teamsOf(userId)).toEqual([...teamIds].sort());
    });

    it('are not added when one of them is named by nothing', async () => {
      const teamId = await newTeam();
      const nameless = addMember(teamId, [{ role: 'user', user_id: 'x' }, { role: 'user' }]);
      await expect(nameless).rejects.toMatchObject({ code: 'request_invalid', param: 'user_id' });
      expect((await teams.info({ team_id: teamId }, ADMIN)).team_memberships).toEqual([]);
      await expect(addMember('no such', { role: 'user', user_id: 'x' })).rejects.toMatchObject({
        code: 'not_found',
        param: 'team_id',
      });
    });
  });

  describe('users', () => {
    it('are made without a key, in LiteLLM’s shape', async () => {
      const teamId = await newTeam();
      const made = await users.create(
        await request(CreateUserRequest, {
          user_role: 'internal_user',
          teams: [teamId],
          auto_create_key: false,
          send_invite_email: false,
          max_budget: null,
        }),
        ADMIN,
      );
      expect(made).toMatchObject({
        user_role: 'internal_user',
        teams: [teamId],
        key: '',
        token: null,
        models: [],
        spend: 0,
        user_email: null,
        max_budget: null,
      });
      expect(await users.info({ user_id: made.user_id }, ADMIN)).toMatchObject({
        user_id: made.user_id,
        user_info: { teams: [teamId] },
        keys: [],
        teams: [{ team_id: teamId, members_with_roles: [{ user_id: made.user_id }] }],
      });
    });

    it('are not made when a team is unknown or the address is taken', async () => {
      const [userId, user_email] = [randomUUID(), `${randomUUID()}@x.example`];
      await expect(newUser({ user_id: userId, teams: ['no such'] })).rejects.toMatchObject({
        code: 'not_found',
        param: 'teams',
      });
      expect(await bench.users.find(userId)).toBeNull();
      await newUser({ user_email });
      await expect(newUser({ user_email })).rejects.toMatchObject({ code: 'already_exists' });
    });

    it('are changed by id or by address, their teams with them', async () => {
      const user_email = `${randomUUID()}@x.example`;
      const [first, second] = [await newTeam(), await newTeam()];
      const userId = await newUser({ user_email, teams: [first] });
      const updated = await updateUser({
        user_email,
        user_alias: 'Al',
        teams: [{ team_id: second, user_role: 'admin' }],
      });
      expect(updated).toMatchObject({
        user_id: userId,
        data: { user_email, user_alias: 'Al', teams: [second] },
      });
      expect((await updateUser({ user_id: userId, teams: null })).data.teams).toEqual([]);
      await expect(updateUser({ user_id: 'no such' })).rejects.toMatchObject({ code: 'not_found' });
      await expect(updateUser({ user_email: 'no@such.example' })).rejects.toMatchObject({
        code: 'not_found',
      });
      await expect(updateUser({ user_alias: 'x' })).rejects.toMatchObject({
        code: 'request_invalid',
        param: 'user_id',
      });
    });

    it('show themselves to themselves and to whoever may read everything', async () => {
      const userId = await newUser();
      const query = { user_id: userId };
      await expect(users.info({}, as(userId))).resolves.toMatchObject(query);
      await expect(users.info(query, as(userId))).resolves.toMatchObject(query);
      await expect(users.info(query, VIEWER)).resolves.toMatchObject(query);
      const refusal = { code: 'not_found', message: 'There is no such user.' };
      await expect(users.info(query, as('mallory'))).rejects.toMatchObject(refusal);
      await expect(users.info({ user_id: 'no such' }, as('mallory'))).rejects.toMatchObject(
        refusal,
      );
      for (const access of [ADMIN, as(null), as('no row')]) {
        await expect(users.info({}, access)).rejects.toMatchObject({
          code: 'request_invalid',
          param: 'user_id',
        });
      }
    });

    it('are listed by team, page by page, for whoever may read everything', async () => {
      const teamId = await newTeam();
      const ids = [];
      for (let index = 0; index < 3; index += 1) ids.push(await newUser({ teams: [teamId] }));
      const query = await request(ListUsersRequest, { team: teamId, page: '2', page_size: '2' });
      expect(await users.list(query, VIEWER)).toMatchObject({
        users: [{ user_id: ids[0], teams: [teamId], key_count: 0 }],
        total: 3,
        page: 2,
        page_size: 2,
        total_pages: 2,
      });
      const both = await request(ListUsersRequest, { team: teamId, user_ids: `${ids[1]},nobody` });
      expect(await users.list(both, ADMIN)).toMatchObject({ total: 1 });
      await expect(users.list({}, as('mallory'))).rejects.toMatchObject({
        code: 'route_not_allowed',
      });
    });

    it('take their memberships with them when they are deleted', async () => {
      const teamId = await newTeam();
      const userId = await newUser({ teams: [teamId] });
      expect(await bench.teams.isMember(teamId, userId)).toBe(true);
      expect(await users.remove({ user_ids: [userId] }, ADMIN)).toBe(1);
      expect(await bench.users.find(userId)).toBeNull();
      expect((await teams.info({ team_id: teamId }, ADMIN)).team_memberships).toEqual([]);
      await newUser({ user_id: userId });
      expect(await users.info({ user_id: userId }, ADMIN)).toMatchObject({ teams: [] });
      const deleted = (await bench.entriesOf(userId)).find(
        (entry) => entry['action'] === 'deleted',
      );
      expect(deleted).toMatchObject({ before_value: { memberships: [{ team_id: teamId }] } });
    });
  });

  describe('organizations', () => {
    it('are shown with their teams, the people in them, and spend', async () => {
      const organizationId = await newOrganization();
      const userId = await newUser({ user_email: `${randomUUID()}@x.example` });
      const inside = { organization_id: organizationId };
      const membership = { members_with_roles: [{ role: 'user', user_id: userId }] };
      const [first, second] = [
        await newTeam({ ...inside, ...membership }),
        await newTeam({ ...inside, ...membership }),
      ];
      spend.set(`org ${organizationId}`, 3_000_000_000_000n);
      spend.set(`team_member ${first}:${userId}`, 100_000_000_000n);
      spend.set(`team_member ${second}:${userId}`, 200_000_000_000n);
      const info = await organizations.info(inside, VIEWER);
      expect(info).toMatchObject({
        ...inside,
        organization_alias: 'Org',
        budget_id: null,
        spend: 3,
        created_by: 'default_user_id',
        litellm_budget_table: null,
        members: [{ user_id: userId, ...inside, spend: 0.3, budget_id: null }],
      });
      expect(new Set(info.teams.map((team) => team.team_id))).toEqual(new Set([first, second]));
      const listed = await organizations.list({ org_id: organizationId, org_alias: 'Org' }, ADMIN);
      expect(listed).toEqual([info]);
    });

    it('show an ordinary caller its own one, and in it its own teams and itself', async () => {
      const [organizationId, other] = [await newOrganization(), await newOrganization()];
      const [userId, colleague] = [await newUser(), await newUser()];
      const inside = { organization_id: organizationId };
      const own = await newTeam({
        ...inside,
        members_with_roles: [userId, colleague].map((id) => ({ role: 'user', user_id: id })),
      });
      await newTeam({ ...inside, members_with_roles: [{ role: 'user', user_id: colleague }] });
      const access = anAccess({ attribution: { userId, orgId: organizationId } });
      spend.set(`org ${organizationId}`, 3n * 10n ** 12n).set(`team ${own}`, 10n ** 12n);
      const [shown, ...more] = await organizations.list({}, access);
      const [theTeams, theMembers] = [[{ team_id: own, spend: 1 }], [{ user_id: userId }]];
      expect(more).toEqual([]);
      // Arrays are compared by length too. What the whole organisation spent is not for everybody.
      expect(shown).toMatchObject({ ...inside, spend: 0, teams: theTeams, members: theMembers });
      expect(await organizations.list({ org_id: other }, access)).toEqual([]);
      expect(await organizations.list({}, as(userId))).toEqual([]);
      await expect(organizations.info(inside, access)).rejects.toMatchObject({
        code: 'route_not_allowed',
      });
    });

    it('are changed', async () => {
      const body = { organization_id: await newOrganization(), models: ['m'] };
      const updated = await organizations.update(
        await request(UpdateOrganizationRequest, { ...body, organization_alias: 'New' }),
        ADMIN,
      );
      expect(updated).toMatchObject({ ...body, organization_alias: 'New', teams: [], members: [] });
    });

    it('take their teams and memberships with them when they are deleted, but no user', async () => {
      const [organizationId, userId] = [await newOrganization(), await newUser()];
      const teamId = await newTeam({
        organization_id: organizationId,
        members_with_roles: [{ role: 'user', user_id: userId }],
      });
      await bench.teams.isMember(teamId, userId);
      const body = { organization_ids: [organizationId] };
      const deleted = await organizations.remove(body, ADMIN);
      expect(deleted).toMatchObject([
        { organization_id: organizationId, teams: [{ team_id: teamId }] },
      ]);
      expect(await bench.organizations.find(organizationId)).toBeNull();
      expect(await bench.teams.find(teamId)).toBeNull();
      expect(await bench.teams.isMember(teamId, userId)).toBe(false);
      expect(await bench.users.find(userId)).not.toBeNull();
      await expect(organizations.remove(body, ADMIN)).rejects.toMatchObject({ code: 'not_found' });
      const actions = (await bench.entriesOf(teamId)).map((entry) => entry['action']);
      expect(actions).toEqual(['created', 'deleted']);
    });

    it('and the teams that are made in them at the same moment never part', async () => {
      const organizationId = await newOrganization();
      const outcomes = await Promise.allSettled([
        organizations.remove({ organization_ids: [organizationId] }, ADMIN),
        ...Array.from({ length: 5 }, () => newTeam({ organization_id: organizationId })),
      ]);
      expect(outcomes[0]).toMatchObject({ status: 'fulfilled' });
      expect(await bench.teams.list({ organizationIds: [organizationId] })).toEqual([]);
    });
  });

  it('lets nobody but administrators change anything', async () => {
    const id = randomUUID();
    for (const access of [as('mallory', id), VIEWER]) {
      const attempts = [
        teams.create({}, access),
        teams.update({ team_id: id }, access),
        teams.remove({ team_ids: [id] }, access),
        teams.block({ team_id: id }, access),
        teams.unblock({ team_id: id }, access),
        teams.addMembers({ team_id: id, member: [] }, access),
        teams.removeMember({ team_id: id, user_id: id }, access),
        users.create({}, access),
        users.update({ user_id: id }, access),
        users.remove({ user_ids: [id] }, access),
        organizations.create({ organization_alias: id }, access),
        organizations.update({ organization_id: id }, access),
        organizations.remove({ organization_ids: [id] }, access),
      ];
      for (const attempt of attempts) {
        await expect(attempt).rejects.toMatchObject({ code: 'route_not_allowed' });
      }
    }
  });

  it('leaves an audit trail that holds together', async () => {
    expect(await bench.audit.verify()).toMatchObject({ isIntact: true });
  });
});
