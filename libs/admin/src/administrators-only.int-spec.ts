import { randomUUID } from 'node:crypto';
import { aDirectory, VIEWER } from '#support/directory-harness';
import { describeOnEachDatabase } from '#support/each-database';
import { permitted, type Permitted } from '#support/permitted';
import { OrganizationsController } from './organizations.controller.js';
import { TeamsController } from './teams.controller.js';
import { UsersController } from './users.controller.js';

describeOnEachDatabase('the directory', (freshDatabase) => {
  const directory = aDirectory();
  const { as } = directory;
  let teams: Permitted<TeamsController>;
  let users: Permitted<UsersController>;
  let organizations: Permitted<OrganizationsController>;

  beforeAll(async () => {
    const { module } = await directory.open(await freshDatabase());
    teams = permitted(module.get(TeamsController));
    users = permitted(module.get(UsersController));
    organizations = permitted(module.get(OrganizationsController));
  });
  afterAll(async () => {
    await directory.close();
  });

  it('lets only administrators change anything', async () => {
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
});
