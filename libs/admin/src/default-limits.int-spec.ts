import { randomUUID } from 'node:crypto';
import { describeOnEachDatabase } from '#support/each-database';
import { AN_ADMIN, openManagement, type ManagementHarness } from '#support/management';
import { CreateOrganizationRequest, newOrganizationOf } from '#libs/orgs';
import { CreateTeamRequest, newTeamOf } from '#libs/teams';
import { CreateUserRequest, newUserOf } from '#libs/users';
import { plainToInstance } from 'class-transformer';

const CONFIGURATION = `
litellm_settings:
  max_internal_user_budget: 7.5
  internal_user_budget_duration: 30d
  default_internal_user_params: { rpm_limit: 10, max_budget: 5 }
  default_team_params: { max_budget: "100.10", budget_duration: 1mo, tpm_limit: 9000 }
gatehouse:
  budgets: { default_organization_params: { max_budget: 1000, budget_duration: 1mo, rpm_limit: 90 } }
`;
const since = '1970-01-01T00:00:00.000Z';
const OF_USERS = {
  budgets: [{ maxBudget: '5', duration: '30d', since }],
  hasMainBudget: true,
  requestsPerMinute: 10,
};
const OF_TEAMS = {
  budgets: [{ maxBudget: '100.1', duration: '1mo', since }],
  hasMainBudget: true,
  tokensPerMinute: 9_000,
};
const OF_ORGANIZATIONS = {
  budgets: [{ maxBudget: '1000', duration: '1mo', since }],
  hasMainBudget: true,
  requestsPerMinute: 90,
};

describeOnEachDatabase('limits of new rows', (freshDatabase) => {
  let harness: ManagementHarness;

  beforeAll(async () => {
    harness = await openManagement(await freshDatabase(), CONFIGURATION);
  });
  afterAll(async () => {
    await harness.close();
  });

  it('are the configured ones of a user, an organisation and a team that 50 first tokens name at once', async () => {
    const [userId, teamId, orgId] = [randomUUID(), randomUUID(), randomUUID()];
    const user = { userId, email: null, isEmailVerified: false, issuer: null, subject: null };
    await Promise.all(
      Array.from({ length: 50 }, () =>
        harness.database.write(async (unit) => {
          await harness.users.ensureFromToken(unit, user);
          await harness.organizations.ensureFromToken(unit, orgId);
          await harness.teams.ensureFromToken(unit, teamId, orgId);
        }),
      ),
    );
    expect(await harness.users.find(userId)).toMatchObject({ limits: OF_USERS });
    expect(await harness.teams.find(teamId)).toMatchObject({
      limits: OF_TEAMS,
      organizationId: orgId,
    });
    expect(await harness.organizations.find(orgId)).toMatchObject({
      alias: orgId,
      limits: OF_ORGANIZATIONS,
    });
    expect(await harness.entriesOf(userId)).toHaveLength(1);
    expect(await harness.entriesOf(teamId)).toHaveLength(1);
    expect(await harness.entriesOf(orgId)).toHaveLength(1);
  });

  const newUser = async (body: object): Promise<object> => {
    const values = newUserOf(plainToInstance(CreateUserRequest, body));
    return harness.database.write((unit) =>
      harness.users.create(unit, randomUUID(), values, AN_ADMIN),
    );
  };
  const newTeam = async (body: object): Promise<object> => {
    const values = newTeamOf(plainToInstance(CreateTeamRequest, body));
    return harness.database.write((unit) =>
      harness.teams.create(unit, randomUUID(), values, AN_ADMIN),
    );
  };

  it('are completed by the configured ones where an administrator states none, or null', async () => {
    expect(await newUser({})).toMatchObject({ limits: OF_USERS });
    expect(await newUser({ max_budget: null, rpm_limit: null })).toMatchObject({
      limits: OF_USERS,
    });
    expect(await newTeam({})).toMatchObject({ limits: OF_TEAMS });
  });

  it('are those of an organisation that an administrator makes, beside what the request states', async () => {
    const newOrganization = (body: object): Promise<object> => {
      const alias = { organization_alias: 'Acme' };
      const values = newOrganizationOf(
        plainToInstance(CreateOrganizationRequest, { ...alias, ...body }),
      );
      return harness.database.write((unit) =>
        harness.organizations.create(unit, randomUUID(), values, AN_ADMIN),
      );
    };
    expect(await newOrganization({})).toMatchObject({ limits: OF_ORGANIZATIONS });
    expect(await newOrganization({ max_budget: 1 })).toMatchObject({
      limits: { ...OF_ORGANIZATIONS, budgets: [{ maxBudget: '1', duration: '1mo', since }] },
    });
  });

  it('are those that an administrator states, beside the others', async () => {
    expect(await newUser({ rpm_limit: 0 })).toMatchObject({
      limits: { ...OF_USERS, requestsPerMinute: 0 },
    });
    expect(await newTeam({ max_budget: 1, rpm_limit: 3 })).toMatchObject({
      limits: {
        ...OF_TEAMS,
        budgets: [{ maxBudget: '1', duration: '1mo', since }],
        requestsPerMinute: 3,
      },
    });
  });
});
