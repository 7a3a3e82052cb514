import { Module, type DynamicModule } from '@nestjs/common';
import type { RowModule } from '../credentials/credentials.module.js';
import { GroupProvisioningService } from './group-provisioning.service.js';
import { ProvisioningService } from './provisioning.service.js';
import { TeamLookupService } from './team-lookup.service.js';
import { TenancyLookupService } from './tenancy-lookup.service.js';
import { TokenSyncService } from './token-sync.service.js';
import { UserByEmailCache } from './user-by-email-cache.service.js';

/** Where tenancy looks up rows. */
export interface TenancySources {
  /** Provides `UsersService` and `UserRoleSync`. */
  readonly users: RowModule;
  /** Provides `TeamsService`, `MembershipsService` and `MembershipSync`. */
  readonly teams: RowModule;
  /** Provides `OrganizationsService` and `OrganizationMembershipsService`. */
  readonly organizations: RowModule;
  /** Provides `EndUsersService`. */
  readonly endUsers: RowModule;
  /** Provides `KeyRegistrationService`. */
  readonly keys: RowModule;
}

/** Looks up the rows that a principal names, and writes those that its admission planned. */
@Module({})
export class TenancyModule {
  /** The module over the rows of a database or over stated ones. */
  static register(sources: TenancySources): DynamicModule {
    const { users, teams, organizations, endUsers, keys } = sources;
    return {
      module: TenancyModule,
      imports: [users, teams, organizations, endUsers, keys],
      providers: [
        UserByEmailCache,
        TeamLookupService,
        TenancyLookupService,
        TokenSyncService,
        GroupProvisioningService,
        ProvisioningService,
      ],
      exports: [TenancyLookupService, ProvisioningService],
    };
  }
}
