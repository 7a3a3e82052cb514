import { UNLIMITED } from '#libs/access';
import { randomUUID } from 'node:crypto';
import { describeOnEachDatabase } from '#support/each-database';
import { AN_ADMIN, openManagement, type ManagementHarness } from '#support/management';
import { NO_TEAM_VALUES } from './entities/team-record.js';

describeOnEachDatabase('teams by alias and memberships that follow tokens', (freshDatabase) => {
  let harness: ManagementHarness;

  beforeAll(async () => {
    harness = await openManagement(await freshDatabase());
  });
  afterAll(async () => {
    await harness.close();
  });

  const makeTeam = async (alias: string | null = null): Promise<string> => {
    const teamId: string = randomUUID();
    const values = { ...NO_TEAM_VALUES, alias };
    await harness.database.write((unit) => harness.teams.create(unit, teamId, values, AN_ADMIN));
    return teamId;
  };
  const makeUser = async (): Promise<string> => {
    const userId: string = randomUUID();
    const unnamed = { email: null, isEmailVerified: false, issuer: null, subject: null };
    await harness.database.write((unit) =>
      harness.users.ensureFromToken(unit, { userId, ...unnamed }),
    );
    return userId;
  };
  const mirror = (
    userId: string,
    teamIds: readonly string[],
    { kept = [], issuedAt = null }: { kept?: readonly string[]; issuedAt?: number | null } = {},
  ): Promise<void> =>
    harness.database.write(async (unit) => {
      if (!(await harness.roles.mirror(unit, { userId, issuedAt }))) return;
      await harness.mirror.mirror(unit, { userId, teamIds, keptTeamIds: kept });
    });

  it('become exactly those of the token that exist, also where an administrator made others', async () => {
    const [first, second, third] = [await makeTeam(), await makeTeam(), await makeTeam()];
    const userId = await makeUser();
    for (const source of ['admin', 'token'] as const) {
      const teamId = source === 'admin' ? third : second;
      await harness.database.write((unit) =>
        harness.teams.addMember(unit, { teamId, userId, source }),
      );
    }
    await mirror(userId, [second, first, randomUUID()]);
    expect(await harness.teamIdsOf(userId)).toEqual([first, second].sort());
    const sources = (await harness.memberships.of(userId)).map(({ source }) => source);
    expect(sources).toEqual(['sync', 'sync']);
    await mirror(userId, []);
    expect(await harness.teamIdsOf(userId)).toEqual([]);
  });

  it('keep the source `admin` where the token lists them and where they are to be kept', async () => {
    const [listed, kept] = [await makeTeam(), await makeTeam()];
    const userId = await makeUser();
    for (const teamId of [listed, kept]) {
      await harness.database.write((unit) =>
        harness.memberships.add(unit, { teamId, userId, source: 'admin', role: 'admin' }, AN_ADMIN),
      );
    }
    await mirror(userId, [listed], { kept: [kept] });
    expect(new Set((await harness.memberships.of(userId)).map(({ source }) => source))).toEqual(
      new Set(['admin']),
    );
    expect(await harness.teamIdsOf(userId)).toEqual([listed, kept].sort());
  });

  it('are never half of one token and half of another (threat A09)', async () => {
    const teams = await Promise.all(Array.from({ length: 4 }, () => makeTeam()));
    const [odd, even] = [teams.slice(0, 2), teams.slice(2)];
    const userId = await makeUser();
    await mirror(userId, even);
    const seen: string[] = [];
    const look = async (): Promise<void> => {
      const rows = await harness.memberships.listByUsers([userId]);
      seen.push(
        rows
          .map(({ teamId }) => teamId)
          .sort()
          .join(),
      );
    };
    await Promise.all(
      Array.from({ length: 20 }, async (_, turn) => {
        await mirror(userId, turn % 2 === 0 ? even : odd);
        await look();
      }),
    );
    const whole = [odd, even].map((ids) => [...ids].sort().join());
    expect(seen.filter((one) => !whole.includes(one))).toEqual([]);
  });

  it('are those of the newest token', async () => {
    const [old, fresh] = [await makeTeam(), await makeTeam()];
    const userId = await makeUser();
    await mirror(userId, [fresh], { issuedAt: 20 });
    await mirror(userId, [old], { issuedAt: 10 });
    expect(await harness.teamIdsOf(userId)).toEqual([fresh]);
  });

  it('are found by the alias of their team, which two teams make ambiguous and a change forgets', async () => {
    const alias: string = randomUUID();
    expect(await harness.teams.findByAlias(alias)).toEqual([]);
    const first = await makeTeam(alias);
    expect(await harness.teams.findByAlias(alias)).toMatchObject([{ teamId: first, alias }]);
    await harness.database.write((unit) =>
      harness.teams.update(unit, first, { blocked: true }, AN_ADMIN),
    );
    expect(await harness.teams.findByAlias(alias)).toMatchObject([{ blocked: true }]);
    for (let turn = 0; turn < 2; turn += 1) await makeTeam(alias);
    expect(await harness.teams.findByAlias(alias)).toHaveLength(2);
    await harness.database.write((unit) =>
      harness.teams.update(unit, first, { alias: 'renamed' }, AN_ADMIN),
    );
    const ids = (await harness.teams.findByAlias(alias)).map(({ teamId }) => teamId);
    expect(ids).not.toContain(first);
  });

  it('belong to organisations that are found by their alias in the same way', async () => {
    const alias: string = randomUUID();
    const makeOrganization = (): Promise<unknown> =>
      harness.database.write((unit) =>
        harness.organizations.create(
          unit,
          randomUUID(),
          { alias, models: [], metadata: {}, limits: UNLIMITED },
          AN_ADMIN,
        ),
      );
    expect(await harness.organizations.findByAlias(alias)).toEqual([]);
    await makeOrganization();
    expect(await harness.organizations.findByAlias(alias)).toMatchObject([{ alias }]);
    await makeOrganization();
    expect(await harness.organizations.findByAlias(alias)).toHaveLength(2);
  });
});
