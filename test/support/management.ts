import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Withdrawal, type AccessContext, type Attribution } from '#libs/access';
import { AUDIT_LIBRARY, AuditTrail, type AuditActor } from '#libs/audit';
import { SystemClock } from '#libs/common';
import { SettingsStore, settingsFromYaml } from '#libs/config';
import { BUDGETS_LIBRARY } from '#libs/budgets';
import { createDatabase, DATABASE_ENTITIES, type Database } from '#libs/database';
import { END_USERS_LIBRARY, EndUsersService } from '#libs/end-users';
import {
  KEYS_LIBRARY,
  KeyListing,
  KeyMappingsService,
  KeyRegistrationService,
  KeysService,
} from '#libs/keys';
import {
  ORGANIZATIONS_LIBRARY,
  OrganizationMembershipsService,
  OrganizationsService,
} from '#libs/orgs';
import { TAGS_LIBRARY, TagsService } from '#libs/tags';
import { MembershipSync, MembershipsService, TEAMS_LIBRARY, TeamsService } from '#libs/teams';
import {
  USERS_LIBRARY,
  UserListing,
  UserProvisioning,
  UserRoleSync,
  UsersService,
} from '#libs/users';
import { aPrincipal, theMasterKey } from './access-builders.js';
import { embeddedDataDirectory } from './embedded.js';

/** Entities of every library that administration writes. */
const MANAGEMENT_ENTITIES = [
  ...DATABASE_ENTITIES,
  ...AUDIT_LIBRARY.entities,
  ...ORGANIZATIONS_LIBRARY.entities,
  ...TEAMS_LIBRARY.entities,
  ...USERS_LIBRARY.entities,
  ...END_USERS_LIBRARY.entities,
  ...KEYS_LIBRARY.entities,
  ...BUDGETS_LIBRARY.entities,
  ...TAGS_LIBRARY.entities,
];

/** The management services over a migrated database of their own. */
export interface ManagementHarness {
  readonly database: Database;
  readonly audit: AuditTrail;
  readonly organizations: OrganizationsService;
  readonly organizationMemberships: OrganizationMembershipsService;
  readonly teams: TeamsService;
  readonly memberships: MembershipsService;
  readonly mirror: MembershipSync;
  readonly users: UsersService;
  readonly roles: UserRoleSync;
  readonly listing: UserListing;
  readonly endUsers: EndUsersService;
  readonly tags: TagsService;
  readonly keys: KeysService;
  readonly keyMappings: KeyMappingsService;
  readonly keyRegistration: KeyRegistrationService;
  readonly keyListing: KeyListing;
  /** Ids of the teams of a user, sorted. */
  teamIdsOf(userId: string): Promise<string[]>;
  /** Audit entries about one object, oldest first. */
  entriesOf(objectId: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/**
 * Opens a database and puts the services on it.
 * @param databaseUrl an empty PostgreSQL database; `undefined` is an embedded one
 * @param configuration text of a config.yaml; empty has every default
 */
export async function openManagement(
  databaseUrl: string | undefined,
  configuration = '',
): Promise<ManagementHarness> {
  const settings = new SettingsStore(settingsFromYaml(configuration));
  const dataDir =
    databaseUrl === undefined
      ? await embeddedDataDirectory()
      : await mkdtemp(join(tmpdir(), 'gatehouse-data-'));
  const database = createDatabase(
    { databaseUrl: databaseUrl ?? null, dataDir },
    { entities: MANAGEMENT_ENTITIES },
  );
  database.start();
  await database.whenReady();
  const clock = new SystemClock();
  const feed = database.changes;
  const audit = new AuditTrail(database, clock);
  const memberships = new MembershipsService(database, feed, audit, clock);
  const organizationMemberships = new OrganizationMembershipsService(database, feed, audit, clock);
  const provisioning = new UserProvisioning(audit, clock, settings);
  const keys = new KeysService(database, feed, audit, clock);
  const keyMappings = new KeyMappingsService(database, feed, audit, clock);
  return {
    database,
    audit,
    memberships,
    mirror: new MembershipSync(memberships),
    organizations: new OrganizationsService(
      database,
      feed,
      audit,
      clock,
      organizationMemberships,
      settings,
    ),
    organizationMemberships,
    teams: new TeamsService(database, feed, audit, clock, memberships, settings),
    users: new UsersService(database, feed, audit, clock, provisioning, settings),
    roles: new UserRoleSync(audit, clock),
    listing: new UserListing(database),
    endUsers: new EndUsersService(database, feed, audit, clock, settings),
    tags: new TagsService(database, feed, audit, clock),
    keys,
    keyMappings,
    keyRegistration: new KeyRegistrationService(keys, keyMappings),
    keyListing: new KeyListing(database),
    teamIdsOf: async (userId) => (await memberships.of(userId)).map(({ teamId }) => teamId).sort(),
    entriesOf: (objectId) =>
      database.read((manager) =>
        manager.query('SELECT * FROM audit_entries WHERE object_id = $1 ORDER BY sequence', [
          objectId,
        ]),
      ),
    close: async () => {
      await database.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** An administrator with an account of its own. */
export const AN_ADMIN: AuditActor = {
  kind: 'jwt',
  userId: 'root',
  issuer: 'https://issuer.example',
  subject: 'root',
  requestId: 'req_test',
  decisionId: 'dec_test',
};

/** What a test says about a caller. */
export type AccessOverrides = Partial<Omit<AccessContext, 'attribution'>> & {
  readonly attribution?: Partial<Attribution>;
};

/** The context of an ordinary person: user `alice`, neither team nor organisation. */
export function anAccess(overrides: AccessOverrides = {}): AccessContext {
  return {
    requestId: 'req_test',
    decisionId: 'dec_test',
    clientRequestId: null,
    principal: aPrincipal(),
    role: 'internal_user',
    storedRole: null,
    administeredOrganizations: [],
    routeLimits: [],
    modelLimits: [],
    ownTags: [],
    tags: [],
    models: { mayUse: () => true },
    endUserModels: null,
    admission: { commit: () => Promise.resolve() },
    withdrawal: new Withdrawal(),
    ...overrides,
    attribution: {
      issuer: 'https://issuer.example',
      subject: 'alice',
      keyId: null,
      userId: 'alice',
      teamId: null,
      orgId: null,
      endUserId: null,
      ...overrides.attribution,
    },
  };
}

/** The context of the master key. */
export function aMasterKeyAccess(): AccessContext {
  const principal = theMasterKey();
  const { issuer, subject, userId } = principal;
  return anAccess({ principal, role: 'proxy_admin', attribution: { issuer, subject, userId } });
}
