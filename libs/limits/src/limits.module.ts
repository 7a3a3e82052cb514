import { Module } from '@nestjs/common';
import { EndUsersModule } from '#libs/end-users';
import { KeysModule } from '#libs/keys';
import { OrganizationsModule } from '#libs/orgs';
import { TeamsModule } from '#libs/teams';
import { UsersModule } from '#libs/users';
import { EffectiveLimits } from './effective/effective-limits.js';

/** Enforces budgets and rate limits. Needs the global database and configuration modules. */
@Module({
  imports: [KeysModule, UsersModule, TeamsModule, OrganizationsModule, EndUsersModule],
  providers: [EffectiveLimits],
})
class LimitsModule {}

/** The module of this library, for the composition root. */
export const LIMITS_LIBRARY = { module: LimitsModule, entities: [] };
