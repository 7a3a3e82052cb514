import { randomUUID } from 'node:crypto';
import { ADMIN, aDirectory, VIEWER } from '#support/directory-harness';
import { describeOnEachDatabase } from '#support/each-database';
import { permitted, type Permitted } from '#support/permitted';
import type { ManagementHarness } from '#support/management';
import { CreateUserRequest, ListUsersRequest, UpdateUserRequest } from '#libs/users';
import { TeamsController } from './teams.controller.js';
import { UsersController } from './users.controller.js';

describeOnEachDatabase('the directory', (freshDatabase) => {
  const directory = aDirectory();
  const { request, newTeam, newUser, as } = directory;
  let harness: ManagementHarness;
  let teams: Permitted<TeamsController>;
  let users: Permitted<UsersController>;

  beforeAll(async () => {
    const opened = await directory.open(await freshDatabase());
    harness = opened.harness;
    teams = permitted(opened.module.get(TeamsController));
    users = permitted(opened.module.get(UsersController));
  });
  afterEach(async () => {
    expect(await harness.audit.verify()).toMatchObject({ isIntact: true });
  });
  afterAll(async () => {
    await directory.close();
  });

  const updateUser = async (body: object) =>
    users.update(await request(UpdateUserRequest, body), ADMIN);

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

    it('are made with a key unless the request says otherwise, shown once', async () => {
      for (const asked of [{}, { auto_create_key: true }, { auto_create_key: null }]) {
        const alias = randomUUID();
        const body = { models: ['gpt-4o'], key_alias: alias, ...asked };
        const made = await users.create(await request(CreateUserRequest, body), ADMIN);
        expect(made).toMatchObject({
          key: expect.stringMatching(/^sk-/),
          key_name: `sk-...${made.key.slice(-4)}`,
          key_alias: alias,
          expires: null,
        });
        const { keys } = await users.info({ user_id: made.user_id }, ADMIN);
        expect(keys).toMatchObject([
          { token: made.token, key_alias: alias, user_id: made.user_id, models: ['gpt-4o'] },
        ]);
        expect(JSON.stringify(keys)).not.toContain(made.key);
      }
    });

    it('are not made when their key’s alias is taken', async () => {
      const [userId, key_alias] = [randomUUID(), randomUUID()];
      await newUser({ auto_create_key: true, key_alias });
      await expect(
        newUser({ user_id: userId, auto_create_key: true, key_alias }),
      ).rejects.toMatchObject({ code: 'already_exists' });
      expect(await harness.users.find(userId)).toBeNull();
    });

    it('are not made when a team is unknown or the address is taken', async () => {
      const [userId, user_email] = [randomUUID(), `${randomUUID()}@x.example`];
      await expect(newUser({ user_id: userId, teams: ['no such'] })).rejects.toMatchObject({
        code: 'not_found',
        param: 'teams',
      });
      expect(await harness.users.find(userId)).toBeNull();
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

    it('show themselves to themselves and to callers that may read everything', async () => {
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

    it('are listed by team, page by page, for callers that may read everything', async () => {
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
      const both = await request(ListUsersRequest, { team: teamId, user_ids: `${ids[1]},absent` });
      expect(await users.list(both, ADMIN)).toMatchObject({ total: 1 });
      await expect(users.list({}, as('mallory'))).rejects.toMatchObject({
        code: 'route_not_allowed',
      });
    });

    it('take their memberships with them when they are deleted', async () => {
      const teamId = await newTeam();
      const userId = await newUser({ teams: [teamId] });
      expect(await harness.teamIdsOf(userId)).toContain(teamId);
      expect(await users.remove({ user_ids: [userId] }, ADMIN)).toBe(1);
      expect(await harness.users.find(userId)).toBeNull();
      expect((await teams.info({ team_id: teamId }, ADMIN)).team_memberships).toEqual([]);
      await newUser({ user_id: userId });
      expect(await users.info({ user_id: userId }, ADMIN)).toMatchObject({ teams: [] });
      const deleted = (await harness.entriesOf(userId)).find(
        (entry) => entry['action'] === 'deleted',
      );
      expect(deleted).toMatchObject({ before_value: { memberships: [{ team_id: teamId }] } });
    });
  });
});
