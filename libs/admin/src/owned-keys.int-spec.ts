import { keyIdOf, type KeyValues } from '#libs/keys';
import { ADMIN, aDirectory, VIEWER } from '#support/directory-harness';
import { describeOnEachDatabase } from '#support/each-database';
import { permitted, type Permitted } from '#support/permitted';
import { AN_ADMIN, type ManagementHarness } from '#support/management';
import { OrganizationsController } from './organizations.controller.js';
import { TeamsController } from './teams.controller.js';
import { UsersController } from './users.controller.js';

const NOTHING: KeyValues = {
  alias: null,
  userId: null,
  teamId: null,
  organizationId: null,
  models: [],
  allowedRoutes: [],
  metadata: {},
  limits: {},
  blocked: false,
  expiresAt: null,
};

describeOnEachDatabase('virtual keys and their owners', (freshDatabase) => {
  const directory = aDirectory();
  const { newTeam, newUser, newOrganization, as } = directory;
  let harness: ManagementHarness;
  let teams: Permitted<TeamsController>;
  let users: Permitted<UsersController>;
  let organizations: Permitted<OrganizationsController>;
  let made = 0;

  beforeAll(async () => {
    const opened = await directory.open(await freshDatabase());
    harness = opened.harness;
    teams = permitted(opened.module.get(TeamsController));
    users = permitted(opened.module.get(UsersController));
    organizations = permitted(opened.module.get(OrganizationsController));
  });
  afterEach(async () => {
    expect(await harness.audit.verify()).toMatchObject({ isIntact: true });
  });
  afterAll(async () => {
    await directory.close();
  });

  const newKey = async (values: Partial<KeyValues>): Promise<string> => {
    made += 1;
    const text = `sk-key-of-a-user-${String(made)}`;
    const row = await harness.database.write((unit) =>
      harness.keys.create(unit, text, { ...NOTHING, ...values }, AN_ADMIN),
    );
    expect(row.keyId).toBe(keyIdOf(text));
    return row.keyId;
  };
  const isThere = async (keyId: string): Promise<boolean> =>
    (await harness.keys.find(keyId)) !== null;
  const expectDeleted = async (keyId: string): Promise<void> => {
    expect(await isThere(keyId)).toBe(false);
    expect((await harness.entriesOf(keyId)).at(-1)).toMatchObject({ action: 'deleted' });
  };

  it('show with their user, and a listing of users counts them', async () => {
    const userId = await newUser();
    const keyId = await newKey({ userId });
    directory.spend.set(`key ${keyId}`, 5n * 10n ** 11n);
    for (const access of [ADMIN, VIEWER, as(userId)]) {
      expect(await users.info({ user_id: userId }, access)).toMatchObject({
        keys: [{ token: keyId, user_id: userId, spend: 0.5 }],
      });
    }
    expect(await users.list({ user_ids: userId }, ADMIN)).toMatchObject({
      users: [{ key_count: 1 }],
    });
  });

  it('show with their team without their ids, to a member its own alone', async () => {
    const [userId, teamId] = [await newUser(), await newTeam()];
    await newKey({ teamId, alias: `${teamId} service` });
    await newKey({ teamId, userId, alias: `${teamId} own` });
    const all = await teams.info({ team_id: teamId }, VIEWER);
    expect(all.keys).toHaveLength(2);
    expect(all.keys[0]).not.toHaveProperty('token');
    const own = await teams.info({ team_id: teamId }, as(userId, teamId));
    expect(own.keys).toEqual([expect.objectContaining({ key_alias: `${teamId} own` })]);
  });

  it('go with their user', async () => {
    const [userId, teamId] = [await newUser(), await newTeam()];
    const [own, service] = [await newKey({ userId, teamId }), await newKey({ teamId })];
    expect(await isThere(own)).toBe(true);
    expect(await users.remove({ user_ids: [userId] }, ADMIN)).toBe(1);
    await expectDeleted(own);
    expect(await isThere(service)).toBe(true);
  });

  it('go with their team', async () => {
    const [userId, teamId] = [await newUser(), await newTeam()];
    const [own, other] = [await newKey({ userId, teamId }), await newKey({ userId })];
    expect(await isThere(own)).toBe(true);
    await teams.remove({ team_ids: [teamId] }, ADMIN);
    await expectDeleted(own);
    expect(await isThere(other)).toBe(true);
  });

  it('go with their organisation and with the teams of it', async () => {
    const organizationId = await newOrganization();
    const teamId = await newTeam({ organization_id: organizationId });
    const keys = [
      await newKey({ organizationId }),
      await newKey({ teamId }),
      await newKey({ organizationId, teamId }),
    ];
    await organizations.remove({ organization_ids: [organizationId] }, ADMIN);
    for (const keyId of keys) await expectDeleted(keyId);
  });
});
