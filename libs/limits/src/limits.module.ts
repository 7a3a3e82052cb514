import { Global, Module } from '@nestjs/common';
import { EndUsersModule } from '#libs/end-users';
import { KeysModule } from '#libs/keys';
import { OrganizationsModule } from '#libs/orgs';
import { LimitingAdmission } from '#libs/spend';
import { TeamsModule } from '#libs/teams';
import { UsersModule } from '#libs/users';
import { LimitsAdmission } from './admission/limits-admission.js';
import { EffectiveLimits } from './effective/effective-limits.js';
import { LocalCounters } from './rates/local-counters.js';
import { RateAdmission } from './rates/rate-admission.js';
import { RateCounters } from './rates/rate-counters.js';

/** Enforces budgets and rate limits, for the admission of costs. Needs the global database and configuration modules. */
@Global()
@Module({
  imports: [KeysModule, UsersModule, TeamsModule, OrganizationsModule, EndUsersModule],
  providers: [
    EffectiveLimits,
    RateAdmission,
    { provide: RateCounters, useFactory: () => new LocalCounters() },
    { provide: LimitingAdmission, useClass: LimitsAdmission },
  ],
  exports: [LimitingAdmission],
})
class LimitsModule {}

/** The module of this library, for the composition root. */
export const LIMITS_LIBRARY = { module: LimitsModule, entities: [] };
