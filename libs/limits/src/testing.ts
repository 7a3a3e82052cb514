/* The door of this library for tests, as `#libs/limits/testing`; it is neither built nor shipped. */
export { MoneyHolds, type MoneyHold } from './holds/money-holds.js';
export { PooledLeases } from './holds/pooled-leases.js';
export { PostgresLeases } from './holds/postgres-leases.js';
export { AlertChannels } from './alerts/alert-channels.js';
export { AlertMailer } from './alerts/alert-mailer.js';
export { AlertPeople } from './alerts/alert-people.js';
export { BudgetAlerts } from './alerts/budget-alerts.service.js';
export { SubjectLimits } from './alerts/subject-limits.js';
export { EffectiveLimits } from './effective/effective-limits.js';
export { LimitRows } from './effective/limit-rows.js';
export { MemberRowsService } from './effective/member-rows.js';
