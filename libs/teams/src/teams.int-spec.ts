import { UNLIMITED } from '#libs/access';
import { randomUUID } from 'node:crypto';
import { describeOnEachDatabase } from '#support/each-database';
import { AN_ADMIN, openManagement, type ManagementHarness } from '#support/management';
import type { UnitOfWork } from '#libs/database';
import type { TeamEntity } from './entities/team.entity.js';
import { NO_TEAM_VALUES, type TeamValues } from './entities/team-record.js';

describeOnEachDatabase('TeamsService', (freshDatabase) => {
  let harness: ManagementHarness;

  beforeAll(async () => {
    harness = await openManagement(await freshDatabase());
  });
  afterAll(async () => {
    await harness.close();
  });

  const write = <T>(work: (unit: UnitOfWork) => Promise<T>): Promise<T> =>
    harness.database.write(work);
  const makeTeam = (
    values: Partial<TeamValues> = {},
    teamId: string = randomUUID(),
  ): Promise<TeamEntity> =>
    write((unit) => harness.teams.create(unit, teamId, { ...NO_TEAM_VALUES, ...values }, AN_ADMIN));
  const makeUser = async (): Promise<string> => {
    const userId: string = randomUUID();
    const unnamed = { email: null, isEmailVerified: false, issuer: null, subject: null };
    await write((unit) => harness.users.ensureFromToken(unit, { userId, ...unnamed }));
    return userId;
  };
  const block = (teamId: string, blocked: boolean): Promise<TeamEntity> =>
    write((unit) => harness.teams.update(unit, teamId, { blocked }, AN_ADMIN));
  const removeTeam = (teamId: string): Promise<void> =>
    write(async (unit) => {
      const rows = await harness.teams.lock(unit, { teamIds: [teamId] });
      await harness.teams.remove(unit, rows, AN_ADMIN);
    });
  const actionsOf = async (objectId: string): Promise<unknown[]> =>
    (await harness.entriesOf(objectId)).map((entry) => entry['action']);

  it('hands out frozen snapshots, and null for a team that does not exist', async () => {
    const { teamId } = await makeTeam({ alias: 'A', models: ['gpt-4o'] });
    const snapshot = await harness.teams.find(teamId);
    expect(snapshot).toEqual({
      teamId,
      alias: 'A',
      organizationId: null,
      models: ['gpt-4o'],
      blocked: false,
      limits: {},
      passThroughRoutes: [],
      tags: [],
    });
    expect(Object.isFrozen(snapshot)).toBe(true);
    expect(Object.isFrozen(snapshot?.models)).toBe(true);
    expect(await harness.teams.find(randomUUID())).toBeNull();
  });

  it('shows a team as soon as it was made, although its absence was known', async () => {
    const teamId: string = randomUUID();
    expect(await harness.teams.find(teamId)).toBeNull();
    await makeTeam({}, teamId);
    expect(await harness.teams.find(teamId)).not.toBeNull();
  });

  it('shows a block and its end as soon as the write resolved', async () => {
    const { teamId } = await makeTeam();
    for (const blocked of [true, false, true, false]) {
      await harness.teams.find(teamId);
      await block(teamId, blocked);
      expect(await harness.teams.find(teamId)).toMatchObject({ blocked });
    }
    expect(await actionsOf(teamId)).toEqual([
      'created',
      'blocked',
      'unblocked',
      'blocked',
      'unblocked',
    ]);
  });

  it('loses neither a block nor an update that run at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { teamId } = await makeTeam();
      await Promise.all([
        block(teamId, true),
        write((unit) => harness.teams.update(unit, teamId, { alias: 'new' }, AN_ADMIN)),
        harness.teams.find(teamId),
      ]);
      expect(await harness.teams.find(teamId)).toMatchObject({ blocked: true, alias: 'new' });
    }
  });

  it('makes one row of 50 first calls at once, and one audit entry', async () => {
    const teamId: string = randomUUID();
    await Promise.all(
      Array.from({ length: 50 }, () =>
        write((unit) => harness.teams.ensureFromToken(unit, teamId)),
      ),
    );
    expect(await harness.teams.list({ teamIds: [teamId] })).toHaveLength(1);
    const entries = await harness.entriesOf(teamId);
    expect(entries).toEqual([
      expect.objectContaining({ action: 'created', actor_kind: 'provisioning' }),
    ]);
  });

  it('leaves a team alone that exists when a token names it', async () => {
    const { teamId } = await makeTeam({ alias: 'A', blocked: true });
    await write((unit) => harness.teams.ensureFromToken(unit, teamId));
    expect(await harness.teams.find(teamId)).toMatchObject({ alias: 'A', blocked: true });
  });

  it('refuses an id that is taken', async () => {
    const { teamId } = await makeTeam();
    await expect(makeTeam({}, teamId)).rejects.toMatchObject({
      code: 'already_exists',
      param: 'team_id',
    });
  });

  it('refuses an organization that does not exist, on making and on changing', async () => {
    const organizationId: string = randomUUID();
    const refusal = { code: 'not_found', param: 'organization_id' };
    await expect(makeTeam({ organizationId })).rejects.toMatchObject(refusal);
    const { teamId } = await makeTeam();
    await expect(
      write((unit) => harness.teams.update(unit, teamId, { organizationId }, AN_ADMIN)),
    ).rejects.toMatchObject(refusal);
  });

  it('refuses to change or delete a team that does not exist', async () => {
    const refusal = { code: 'not_found', param: 'team_id' };
    await expect(block(randomUUID(), true)).rejects.toMatchObject(refusal);
    const ofList = { ...refusal, param: 'team_ids' };
    await expect(removeTeam(randomUUID())).rejects.toMatchObject(ofList);
  });

  it('deletes all or none of the teams that are named', async () => {
    const { teamId } = await makeTeam();
    await expect(
      write(async (unit) => {
        const rows = await harness.teams.lock(unit, { teamIds: [teamId, randomUUID()] });
        await harness.teams.remove(unit, rows, AN_ADMIN);
      }),
    ).rejects.toMatchObject({ code: 'not_found' });
    expect(await harness.teams.find(teamId)).not.toBeNull();
  });

  it('forgets the members of a deleted team, also when its id is used again', async () => {
    const { teamId } = await makeTeam();
    const userId = await makeUser();
    await write((unit) => harness.teams.addMember(unit, { teamId, userId, source: 'admin' }));
    expect(await harness.teamIdsOf(userId)).toContain(teamId);
    await removeTeam(teamId);
    expect(await harness.teams.find(teamId)).toBeNull();
    expect(await harness.teamIdsOf(userId)).not.toContain(teamId);
    await makeTeam({}, teamId);
    expect(await harness.teamIdsOf(userId)).not.toContain(teamId);
  });

  it('makes one membership of 50 first calls at once', async () => {
    const { teamId } = await makeTeam();
    const userId = await makeUser();
    const added = await Promise.all(
      Array.from({ length: 50 }, () =>
        write((unit) => harness.teams.addMember(unit, { teamId, userId, source: 'token' })),
      ),
    );
    expect(added.filter(Boolean)).toHaveLength(1);
    expect(await harness.teamIdsOf(userId)).toEqual([teamId]);
    expect(await actionsOf(`${teamId}:${userId}`)).toEqual(['created']);
  });

  it('turns the membership of a token into an administrator’s, never the other way round', async () => {
    const { teamId } = await makeTeam();
    const userId = await makeUser();
    const add = (source: 'admin' | 'token', role: 'admin' | 'user') =>
      write((unit) => harness.memberships.add(unit, { teamId, userId, source, role }, AN_ADMIN));
    expect(await add('token', 'user')).toBe(true);
    expect(await harness.memberships.of(userId)).toEqual([
      { teamId, role: 'user', source: 'token', limits: {} },
    ]);
    expect(await add('admin', 'admin')).toBe(true);
    expect(await add('admin', 'admin')).toBe(false);
    expect(await add('token', 'user')).toBe(false);
    expect(await harness.memberships.of(userId)).toEqual([
      { teamId, role: 'admin', source: 'admin', limits: {} },
    ]);
  });

  it('refuses a membership of a deleted user, with a code of its own for a token', async () => {
    const { teamId } = await makeTeam();
    const userId: string = randomUUID();
    const add = (source: 'admin' | 'token') =>
      write((unit) => harness.teams.addMember(unit, { teamId, userId, source }));
    await expect(add('token')).rejects.toMatchObject({ code: 'user_unknown' });
    await expect(add('admin')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('makes memberships exactly what an administrator says', async () => {
    const [first, second, third] = await Promise.all([makeTeam(), makeTeam(), makeTeam()]);
    const userId = await makeUser();
    const replace = (teams: { teamId: string; role: 'admin' | 'user' }[]) =>
      write((unit) => harness.memberships.replace(unit, userId, teams, AN_ADMIN));
    await replace([
      { teamId: first.teamId, role: 'user' },
      { teamId: second.teamId, role: 'user' },
    ]);
    await replace([
      { teamId: second.teamId, role: 'admin' },
      { teamId: third.teamId, role: 'user' },
    ]);
    const roles = (await harness.memberships.of(userId)).map(({ teamId, role }) => [teamId, role]);
    expect(new Map(roles as [string, string][])).toEqual(
      new Map([
        [second.teamId, 'admin'],
        [third.teamId, 'user'],
      ]),
    );
    await replace([]);
    expect(await harness.memberships.of(userId)).toEqual([]);
    await expect(replace([{ teamId: randomUUID(), role: 'user' }])).rejects.toMatchObject({
      code: 'not_found',
      param: 'teams',
    });
  });

  it('refuses to end a membership that is none', async () => {
    const { teamId } = await makeTeam();
    const userId = await makeUser();
    await expect(
      write((unit) => harness.memberships.remove(unit, { teamId, userId }, AN_ADMIN)),
    ).rejects.toMatchObject({ code: 'request_invalid', param: 'user_id' });
  });

  it('lists teams by organization, those without one, and those named', async () => {
    const organizationId: string = randomUUID();
    await write((unit) =>
      harness.organizations.create(
        unit,
        organizationId,
        { alias: 'Org', models: [], metadata: {}, limits: UNLIMITED },
        AN_ADMIN,
      ),
    );
    const inside = await makeTeam({ organizationId, alias: 'Z' });
    const also = await makeTeam({ organizationId, alias: 'A' });
    const outside = await makeTeam();
    const idsOf = async (query: Parameters<typeof harness.teams.list>[0]): Promise<string[]> =>
      (await harness.teams.list(query)).map((team) => team.teamId);
    expect(await idsOf({ organizationIds: [organizationId] })).toEqual([
      also.teamId,
      inside.teamId,
    ]);
    expect(await idsOf({ organizationIds: null })).toContain(outside.teamId);
    expect(await idsOf({ organizationIds: null })).not.toContain(inside.teamId);
    expect(await idsOf({ teamIds: [] })).toEqual([]);
    expect(await idsOf({ teamIds: [inside.teamId], organizationIds: null })).toEqual([]);
  });

  it('finds teams by their aliases, many at a time, and two at most that share one', async () => {
    const aliases = Array.from({ length: 20 }, () => `alias ${randomUUID()}`);
    const shared = `shared ${randomUUID()}`;
    const own = await Promise.all(aliases.map((alias) => makeTeam({ alias })));
    const both = [];
    for (let count = 0; count < 3; count += 1) both.push(await makeTeam({ alias: shared }));
    const ids = both.map(({ teamId }) => teamId).sort();
    const found = await Promise.all(
      [...aliases, shared, 'of no team'].map((alias) => harness.teams.findByAlias(alias)),
    );
    expect(found.map((teams) => teams.map(({ teamId }) => teamId))).toEqual([
      ...own.map(({ teamId }) => [teamId]),
      [ids[0], ids[2]],
      [],
    ]);
  });

  it('keeps ids that differ in bytes alone apart', async () => {
    const base = randomUUID();
    const ids = [`${base}é`, `${base}e\u0301`, `${base}É`, `${base} `, ` ${base}`];
    for (const teamId of ids) await makeTeam({ alias: teamId }, teamId);
    for (const teamId of ids) {
      expect(await harness.teams.find(teamId)).toMatchObject({ alias: teamId });
    }
  });
});
