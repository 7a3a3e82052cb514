import { randomUUID } from 'node:crypto';
import { ADMIN, aDirectory, VIEWER } from '#support/directory-harness';
import { describeOnEachDatabase } from '#support/each-database';
import { permitted, type Permitted } from '#support/permitted';
import type { ManagementHarness } from '#support/management';
import { AddTeamMembersRequest, CreateTeamRequest, UpdateTeamRequest } from '#libs/teams';
import { TeamsController } from './teams.controller.js';

describeOnEachDatabase('the directory', (freshDatabase) => {
  const directory = aDirectory();
  const { spend, request, newTeam, newUser, newOrganization, as } = directory;
  let harness: ManagementHarness;
  let teams: Permitted<TeamsController>;

  beforeAll(async () => {
    const opened = await directory.open(await freshDatabase());
    harness = opened.harness;
    teams = permitted(opened.module.get(TeamsController));
  });
  afterEach(async () => {
    expect(await harness.audit.verify()).toMatchObject({ isIntact: true });
  });
  afterAll(async () => {
    await directory.close();
  });

  const addMember = async (teamId: string, member: object) =>
    teams.addMembers(await request(AddTeamMembersRequest, { team_id: teamId, member }), ADMIN);

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
      const read = jest.spyOn(harness.database, 'read');
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
      expect(await harness.teams.find(teamId)).toMatchObject({ blocked: true });
      expect(await teams.unblock({ team_id: teamId }, ADMIN)).toMatchObject({ blocked: false });
      const [, blocked] = await harness.entriesOf(teamId);
      expect(blocked).toMatchObject({ action: 'blocked', actor_user_id: 'default_user_id' });
    });

    it('show themselves only to their members, to the team of the request and to readers of everything', async () => {
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
      expect(await harness.teamIdsOf(userId)).toEqual([...teamIds].sort());
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
});
