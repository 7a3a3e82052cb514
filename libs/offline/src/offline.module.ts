import { Module, type DynamicModule } from '@nestjs/common';
import { AuditTrail } from '#libs/audit';
import {
  AccessExplainer,
  KeyAddressCheck,
  KeySetManager,
  PIPELINE_PROVIDERS,
  ProviderEndpointCheck,
  RevocationList,
} from '#libs/auth';
import { ConfigurationModule, type Settings } from '#libs/config';
import { ChangeFeed, Database } from '#libs/database';
import { EndUsersService } from '#libs/end-users';
import { KeyMappingsService, KeyRegistrationService, KeysService } from '#libs/keys';
import { OrganizationsService } from '#libs/orgs';
import { MembershipSync, MembershipsService, TeamsService } from '#libs/teams';
import { UserProvisioning, UserRoleSync, UsersService } from '#libs/users';
import { ExpectationRunner } from './expectation-runner.service.js';
import { NoDatabase } from './no-database.js';
import { RowBook } from './row-book.js';
import {
  KeySetsOnDemand,
  NoRevocations,
  OfflineEndUsers,
  OfflineKeyMappings,
  OfflineKeys,
  OfflineMemberships,
  OfflineOrganizations,
  OfflineTeams,
  OfflineUsers,
} from './row-sources.js';
import { SampleTokenService } from './sample-token.service.js';

/**
 * The pipeline of the gateway over stated rows: no database, no HTTP, and no key set unless a token has to be verified.
 * For the command line; provides {@link AccessExplainer}, {@link ExpectationRunner}, {@link KeyAddressCheck}, {@link ProviderEndpointCheck} and
 * {@link SampleTokenService}.
 */
@Module({})
export class OfflineModule {
  /**
   * The module.
   * @param settings the configuration that evaluates
   * @param rows what is in the place of the database
   */
  static forRoot(settings: Settings, rows: RowBook): DynamicModule {
    return {
      module: OfflineModule,
      imports: [ConfigurationModule.forRoot(settings)],
      providers: [
        ...PIPELINE_PROVIDERS,
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
        { provide: OrganizationsService, useClass: OfflineOrganizations },
        { provide: MembershipsService, useClass: OfflineMemberships },
        { provide: TeamsService, useClass: OfflineTeams },
        { provide: UsersService, useClass: OfflineUsers },
        { provide: EndUsersService, useClass: OfflineEndUsers },
        { provide: KeysService, useClass: OfflineKeys },
        { provide: KeyMappingsService, useClass: OfflineKeyMappings },
        KeyRegistrationService,
        { provide: RevocationList, useClass: NoRevocations },
        { provide: KeySetManager, useClass: KeySetsOnDemand },
        AccessExplainer,
        ExpectationRunner,
        KeyAddressCheck,
        ProviderEndpointCheck,
        SampleTokenService,
      ],
      exports: [
        AccessExplainer,
        ExpectationRunner,
        KeyAddressCheck,
        ProviderEndpointCheck,
        SampleTokenService,
      ],
    };
  }
}
