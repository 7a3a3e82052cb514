import { Module, type DynamicModule } from '@nestjs/common';
import { AuditTrail } from '#libs/audit';
import { RevocationList } from '#libs/auth';
import { ChangeFeed, Database } from '#libs/database';
import { EndUsersService } from '#libs/end-users';
import { KeyMappingsService, KeyRegistrationService, KeysService } from '#libs/keys';
import { OrganizationMembershipsService, OrganizationsService } from '#libs/orgs';
import { MembershipSync, MembershipsService, TeamsService } from '#libs/teams';
import { UserProvisioning, UserRoleSync, UsersService } from '#libs/users';
import { NoDatabase } from './no-database.js';
import { RowBook } from './row-book.js';
import {
  NoOrganizationMemberships,
  NoRevocations,
  OfflineEndUsers,
  OfflineKeyMappings,
  OfflineKeys,
  OfflineMemberships,
  OfflineOrganizations,
  OfflineTeams,
  OfflineUsers,
} from './row-sources.js';

/** Provides stated rows in place of every module over the database that the pipeline needs. */
@Module({})
export class OfflineRowsModule {
  /** The module over these rows. */
  static forRoot(rows: RowBook): DynamicModule {
    return {
      module: OfflineRowsModule,
      providers: [
        { provide: RowBook, useValue: rows },
        { provide: Database, useClass: NoDatabase },
        {
          provide: ChangeFeed,
          inject: [Database],
          useFactory: (database: Database) => database.changes,
        },
        AuditTrail,
        UserProvisioning,
        UserRoleSync,
        MembershipSync,
        { provide: OrganizationMembershipsService, useClass: NoOrganizationMemberships },
        { provide: OrganizationsService, useClass: OfflineOrganizations },
        { provide: MembershipsService, useClass: OfflineMemberships },
        { provide: TeamsService, useClass: OfflineTeams },
        { provide: UsersService, useClass: OfflineUsers },
        { provide: EndUsersService, useClass: OfflineEndUsers },
        { provide: KeysService, useClass: OfflineKeys },
        { provide: KeyMappingsService, useClass: OfflineKeyMappings },
        KeyRegistrationService,
        { provide: RevocationList, useClass: NoRevocations },
      ],
      exports: [
        Database,
        ChangeFeed,
        UserRoleSync,
        MembershipSync,
        OrganizationMembershipsService,
        OrganizationsService,
        MembershipsService,
        TeamsService,
        UsersService,
        EndUsersService,
        KeysService,
        KeyMappingsService,
        KeyRegistrationService,
        RevocationList,
      ],
    };
  }
}
