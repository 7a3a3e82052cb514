import { Global, Module, ValidationPipe, type Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import type { AccessContext } from '#libs/access';
import { Clock, SystemClock } from '#libs/common';
import { SettingsStore, settingsFromYaml } from '#libs/config';
import { ChangeFeed, Database } from '#libs/database';
import { AdminModule } from '#libs/admin';
import { OrganizationsController, TeamsController, UsersController } from '#libs/admin/testing';
import { CreateOrganizationRequest } from '#libs/orgs';
import {
  BudgetTables,
  BudgetUsages,
  CallerStandings,
  CostAdmission,
  ResetTimes,
  SpendModule,
  SpendTotals,
  type UsageSubject,
} from '#libs/spend';
import { CreateTeamRequest } from '#libs/teams';
import { CreateUserRequest } from '#libs/users';
import {
  aMasterKeyAccess,
  anAccess,
  openManagement,
  type ManagementHarness,
} from './management.js';
import { ScriptedCostAdmission } from './scripted-cost-admission.js';

/** May do everything. */
export const ADMIN = aMasterKeyAccess();
/** May read everything. */
export const VIEWER = anAccess({
  role: 'proxy_admin_viewer',
  attribution: { userId: 'viewer' },
});

/** Nothing was spent of any budget. */
const NO_USAGES = {
  of: (subjects: readonly UsageSubject[]) => Promise.resolve(subjects.map(() => ({}))),
  ofOne: () => Promise.resolve({}),
};

interface Creates<Body, Made> {
  create(body: Body, access: AccessContext): Promise<Made>;
}

/** What runs once a directory is open. */
interface OpenDirectory {
  readonly harness: ManagementHarness;
  readonly module: TestingModule;
}

/** The directory over a database of its own, its bodies checked as in the gateway; `open` comes first. */
export function aDirectory() {
  let opened: OpenDirectory;
  /** What was spent, in picodollars, by scope and id with a space between them. */
  const spend = new Map<string, bigint>();
  const pipe = new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
  });

  const open = async (databaseUrl: string | undefined): Promise<OpenDirectory> => {
    const harness = await openManagement(databaseUrl);
    opened = { harness, module: await directoryModule(harness, spend) };
    return opened;
  };
  const close = async (): Promise<void> => {
    await opened.harness.close();
  };

  const request = async <T>(type: Type<T>, body: object): Promise<T> =>
    (await pipe.transform(body, { type: 'body', metatype: type })) as T;
  const create = async <Body, Made>(
    controller: Type<Creates<Body, Made>>,
    type: Type<Body>,
    body: object,
  ): Promise<Made> => opened.module.get(controller).create(await request(type, body), ADMIN);
  const newTeam = async (body: object = {}): Promise<string> =>
    (await create(TeamsController, CreateTeamRequest, body)).team_id;
  const newUser = async (body: object = {}): Promise<string> =>
    (await create(UsersController, CreateUserRequest, { auto_create_key: false, ...body })).user_id;
  const newOrganization = async (): Promise<string> => {
    const body = { organization_alias: 'Org' };
    const made = await create(OrganizationsController, CreateOrganizationRequest, body);
    return made.organization_id;
  };
  const as = (userId: string | null, teamId: string | null = null): AccessContext =>
    anAccess({ attribution: { userId, teamId } });

  return { open, close, spend, request, newTeam, newUser, newOrganization, as };
}

async function directoryModule(
  harness: ManagementHarness,
  spend: ReadonlyMap<string, bigint>,
): Promise<TestingModule> {
  const read = (scope: string, ids: readonly string[]) =>
    Promise.resolve(new Map(ids.map((id) => [id, spend.get(`${scope} ${id}`) ?? 0n])));
  const totals = { read, readIfPossible: read };
  const providers = [
    { provide: Database, useValue: harness.database },
    { provide: SettingsStore, useValue: new SettingsStore(settingsFromYaml('')) },
    { provide: ChangeFeed, useValue: harness.database.changes },
    { provide: Clock, useClass: SystemClock },
    { provide: SpendTotals, useValue: totals },
    { provide: BudgetUsages, useValue: NO_USAGES },
    { provide: CostAdmission, useClass: ScriptedCostAdmission },
    CallerStandings,
    BudgetTables,
    ResetTimes,
  ];
  @Global()
  @Module({ providers, exports: providers })
  class Foundation {}
  @Module({})
  class NoSpendModule {}
  return Test.createTestingModule({ imports: [Foundation, AdminModule] })
    .overrideModule(SpendModule)
    .useModule(NoSpendModule)
    .compile();
}
