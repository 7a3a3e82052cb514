import { randomUUID } from 'node:crypto';
import { ADMIN, aDirectory, VIEWER } from '#support/directory-harness';
import { describeOnEachDatabase } from '#support/each-database';
import { permitted, type Permitted } from '#support/permitted';
import { anAccess, type ManagementHarness } from '#support/management';
import { UpdateOrganizationRequest } from '#libs/orgs';
import { OrganizationsController } from './organizations.controller.js';

describeOnEachDatabase('the directory', (freshDatabase) => {
  const directory = aDirectory();
  const { spend, request, newTeam, newUser, newOrganization, as } = directory;
  let harness: ManagementHarness;
  let organizations: Permitted<OrganizationsController>;

  beforeAll(async () => {
    const opened = await directory.open(await freshDatabase());
    harness = opened.harness;
    organizations = permitted(opened.module.get(OrganizationsController));
  });
  afterAll(async () => {
    await directory.close();
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
      spend.set(`org_member ${organizationId}:${userId}`, 300_000_000_000n);
      const info = await organizations.info(inside, VIEWER);
      expect(info).toMatchObject({
        ...inside,
        organization_alias: 'Org',
        budget_id: null,
        spend: 3,
        created_by: 'default_user_id',
        litellm_budget_table: { budget_id: null, max_budget: null },
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
      await harness.teamIdsOf(userId);
      const body = { organization_ids: [organizationId] };
      const deleted = await organizations.remove(body, ADMIN);
      expect(deleted).toMatchObject([
        { organization_id: organizationId, teams: [{ team_id: teamId }] },
      ]);
      expect(await harness.organizations.find(organizationId)).toBeNull();
      expect(await harness.teams.find(teamId)).toBeNull();
      expect(await harness.teamIdsOf(userId)).not.toContain(teamId);
      expect(await harness.users.find(userId)).not.toBeNull();
      await expect(organizations.remove(body, ADMIN)).rejects.toMatchObject({ code: 'not_found' });
      const actions = (await harness.entriesOf(teamId)).map((entry) => entry['action']);
      expect(actions).toEqual(['created', 'deleted']);
    });

    it('and the teams that are made in them at the same moment never part', async () => {
      const organizationId = await newOrganization();
      const outcomes = await Promise.allSettled([
        organizations.remove({ organization_ids: [organizationId] }, ADMIN),
        ...Array.from({ length: 5 }, () => newTeam({ organization_id: organizationId })),
      ]);
      expect(outcomes[0]).toMatchObject({ status: 'fulfilled' });
      expect(await harness.teams.list({ organizationIds: [organizationId] })).toEqual([]);
    });
  });

  it('leaves an audit trail that holds together', async () => {
    expect(await harness.audit.verify()).toMatchObject({ isIntact: true });
  });
});
