import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { describeOnEachDatabase } from '#support/each-database';
import type { Permitted } from '#support/permitted';
import { embeddedDataDirectory } from '#support/embedded';
import { aMasterKeyAccess } from '#support/management';
import { anIntent, anOutcome } from '#support/spend-harness';
import { AUDIT_LIBRARY } from '#libs/audit';
import { ConfigurationModule, settingsFromYaml } from '#libs/config';
import { Database, DATABASE_ENTITIES, DatabaseModule } from '#libs/database';
import { KEYS_LIBRARY } from '#libs/keys';
import { ORGANIZATIONS_LIBRARY } from '#libs/orgs';
import { SPEND_LIBRARY, SpendRecorder } from '#libs/spend';
import { TEAMS_LIBRARY } from '#libs/teams';
import { USERS_LIBRARY } from '#libs/users';
import { AdminModule } from './admin.module.js';
import { OrganizationsController } from './organizations.controller.js';
import { TeamsController } from './teams.controller.js';
import { UsersController } from './users.controller.js';

const ADMIN = aMasterKeyAccess();

describeOnEachDatabase('A change that is committed', (freshDatabase) => {
  let app: INestApplicationContext;
  let dataDir: string;
  let database: Database;
  let teams: Permitted<TeamsController>;
  let users: Permitted<UsersController>;
  let organizations: Permitted<OrganizationsController>;

  beforeAll(async () => {
    const databaseUrl = await freshDatabase();
    dataDir =
      databaseUrl === undefined
        ? await embeddedDataDirectory()
        : mkdtempSync(join(tmpdir(), 'gatehouse-data-'));
    const settings = settingsFromYaml('model_list: []', {
      GATEHOUSE_DATA_DIR: dataDir,
      ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
    });
    const entities = [
      ...DATABASE_ENTITIES,
      ...AUDIT_LIBRARY.entities,
      ...ORGANIZATIONS_LIBRARY.entities,
      ...TEAMS_LIBRARY.entities,
      ...USERS_LIBRARY.entities,
      ...KEYS_LIBRARY.entities,
      ...SPEND_LIBRARY.entities,
    ];
    const module = await Test.createTestingModule({
      imports: [
        ConfigurationModule.forRoot(settings),
        DatabaseModule.forRoot({ entities }),
        AdminModule,
      ],
    }).compile();
    module.useLogger(false);
    app = await module.init();
    database = app.get(Database);
    await database.whenReady();
    teams = app.get(TeamsController);
    users = app.get(UsersController);
    organizations = app.get(OrganizationsController);
  });
  afterAll(async () => {
    await app.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const run = (sql: string): Promise<unknown> =>
    database.write(({ manager }) => manager.query(sql));
  const members = (teamId: string, userId: string) => ({
    team_id: teamId,
    member: [{ role: 'user' as const, user_id: userId }],
  });

  it('is reported as committed, for each kind of change, when spend cannot be read at all', async () => {
    const [organization_id, team_id, user_id] = [randomUUID(), randomUUID(), randomUUID()];
    await app.get(SpendRecorder).flush();
    await run('ALTER TABLE spend_totals RENAME TO spend_totals_elsewhere');
    try {
      await organizations.create({ organization_alias: 'Org', organization_id }, ADMIN);
      await teams.create({ team_id, organization_id }, ADMIN);
      await users.create({ user_id }, ADMIN);
      await teams.addMembers(members(team_id, user_id), ADMIN);
      await organizations.update({ organization_id, organization_alias: 'New' }, ADMIN);
      await teams.update({ team_id, team_alias: 'New' }, ADMIN);
      await users.update({ user_id, user_alias: 'New' }, ADMIN);
      expect(await teams.block({ team_id }, ADMIN)).toMatchObject({ blocked: true, spend: 0 });
      expect(await teams.unblock({ team_id }, ADMIN)).toMatchObject({ blocked: false });
      await teams.removeMember({ team_id, user_id }, ADMIN);
      await expect(teams.info({ team_id }, ADMIN)).rejects.toThrow();
    } finally {
      await run('ALTER TABLE spend_totals_elsewhere RENAME TO spend_totals');
    }
    expect(await teams.info({ team_id }, ADMIN)).toMatchObject({
      team_info: { team_alias: 'New' },
    });
  });

  it('is answered within seconds while other work keeps spend from being booked', async () => {
    // The embedded database has one session, so no other session can hold a lock.
    if (database.kind === 'embedded') return;
    const [team_id, recorder] = [randomUUID(), app.get(SpendRecorder)];
    await teams.create({ team_id }, ADMIN);
    const intent = anIntent({ attribution: { ...anIntent().attribution, teamId: team_id } });
    const [held, over] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    const lock = database.write(async ({ manager }) => {
      await manager.query('LOCK TABLE spend_totals IN EXCLUSIVE MODE');
      held.resolve(undefined);
      await over.promise;
    });
    await held.promise;
    await recorder.open(intent);
    await recorder.settle(intent, anOutcome());
    const began = performance.now();
    expect(await teams.block({ team_id }, ADMIN)).toMatchObject({ blocked: true, spend: 0 });
    expect(await teams.info({ team_id }, ADMIN)).toMatchObject({ team_info: { spend: 0 } });
    expect(performance.now() - began).toBeLessThan(10_000);
    over.resolve(undefined);
    await lock;
    expect(await teams.info({ team_id }, ADMIN)).toMatchObject({ team_info: { spend: 0.0000125 } });
  }, 60_000);
});
