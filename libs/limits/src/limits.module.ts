import { randomUUID } from 'node:crypto';
import { Global, Module } from '@nestjs/common';
import { SettingsStore } from '#libs/config';
import { Database } from '#libs/database';
import { BudgetsModule } from '#libs/budgets';
import { EndUsersModule } from '#libs/end-users';
import { KeysModule } from '#libs/keys';
import { OrganizationsModule } from '#libs/orgs';
import { RedisConnection } from '#libs/redis';
import { LimitingAdmission, LimitingDeployments, SpendModule, SpendRecorder } from '#libs/spend';
import { TagsModule } from '#libs/tags';
import { TeamsModule } from '#libs/teams';
import { UsersModule } from '#libs/users';
import { DeploymentLimits } from './admission/deployment-limits.js';
import { LimitsAdmission } from './admission/limits-admission.js';
import { AlertChannels } from './alerts/alert-channels.js';
import { AlertMailer } from './alerts/alert-mailer.js';
import { AlertPeople } from './alerts/alert-people.js';
import { BudgetAlertEntity } from './alerts/budget-alert.entity.js';
import { BudgetAlerts } from './alerts/budget-alerts.service.js';
import { SubjectLimits } from './alerts/subject-limits.js';
import { EffectiveLimits } from './effective/effective-limits.js';
import { LimitRows } from './effective/limit-rows.js';
import { MemberRowsService } from './effective/member-rows.js';
import { TagModels } from './effective/tag-models.js';
import { LeaseSource } from './holds/lease-source.js';
import { MoneyAdmission } from './holds/money-admission.js';
import { MoneyHolds } from './holds/money-holds.js';
import { PooledLeases } from './holds/pooled-leases.js';
import { PostgresLeases } from './holds/postgres-leases.js';
import { ProviderBudgetsController } from './providers/provider-budgets.controller.js';
import { ProviderBudgets } from './providers/provider-budgets.js';
import { AgreedLedger } from './rates/agreed-ledger.js';
import { DeploymentFailures } from './rates/deployment-failures.js';
import { DeploymentRates } from './admission/deployment-rates.js';
import { LedgerAgreement } from './rates/ledger-agreement.js';
import { LocalCounters } from './rates/local-counters.js';
import { PostgresLedger } from './rates/postgres-ledger.js';
import { RateAdmission } from './rates/rate-admission.js';
import { RateCounters } from './rates/rate-counters.js';
import { SharedCounters } from './rates/shared-counters.js';

/** The embedded database belongs to one process, which shares its counters with no other. */
function rateCountersOf(database: Database, redis: RedisConnection): RateCounters {
  if (database.kind === 'embedded') return new LocalCounters();
  const holder = randomUUID();
  const postgres = new PostgresLedger(database, holder);
  const agreement = new LedgerAgreement(database, holder);
  return new SharedCounters(
    redis.isConfigured ? new AgreedLedger({ holder, redis, postgres, agreement }) : postgres,
  );
}

const LEASE_PARTS = [PostgresLeases, Database, RedisConnection, SpendRecorder, SettingsStore];

/** The embedded database belongs to one process, which shares no pool with others. */
function leaseSourceOf(
  ...[postgres, database, redis, recorder, settings]: [
    PostgresLeases,
    Database,
    RedisConnection,
    SpendRecorder,
    SettingsStore,
  ]
): LeaseSource {
  const isPooled = database.kind === 'postgresql' && redis.isConfigured;
  return isPooled ? new PooledLeases({ postgres, redis, recorder, settings }) : postgres;
}

/** Enforces budgets and rate limits, for the admission of costs. Needs the global modules of database, Redis and configuration. */
@Global()
@Module({
  imports: [
    BudgetsModule,
    SpendModule,
    KeysModule,
    UsersModule,
    TeamsModule,
    OrganizationsModule,
    EndUsersModule,
    TagsModule,
  ],
  controllers: [ProviderBudgetsController],
  providers: [
    AlertChannels,
    AlertMailer,
    AlertPeople,
    BudgetAlerts,
    SubjectLimits,
    LimitRows,
    MemberRowsService,
    EffectiveLimits,
    TagModels,
    RateAdmission,
    DeploymentRates,
    DeploymentFailures,
    ProviderBudgets,
    { provide: LimitingDeployments, useClass: DeploymentLimits },
    { provide: RateCounters, inject: [Database, RedisConnection], useFactory: rateCountersOf },
    MoneyAdmission,
    MoneyHolds,
    PostgresLeases,
    { provide: LeaseSource, inject: LEASE_PARTS, useFactory: leaseSourceOf },
    { provide: LimitingAdmission, useClass: LimitsAdmission },
  ],
  exports: [LimitingAdmission, LimitingDeployments],
})
class LimitsModule {}

/** The module of this library, for the composition root. */
export const LIMITS_LIBRARY = { module: LimitsModule, entities: [BudgetAlertEntity] };
