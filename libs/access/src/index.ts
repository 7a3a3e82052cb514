/*
 * access: the vocabulary of access: who calls (Principal), what was decided (AccessContext), why (DecisionTrace).
 * Entry points: Principal, AccessContext, RequestState, DecisionTrace, route and model patterns, the decorators.
 * Data and metadata only: no I/O, no database, no configuration.
 * It exists so that controllers below and guards above share words without importing each other.
 * Must never import: anything but common.
 */
export * from './models/end-user-models.js';
export * from './request/access-context.js';
export type { Plain } from './administration/plain.js';
export {
  MaxBudgetUsageMember,
  toWindowUsage,
  type BudgetUsage,
  type WindowUsageResponse,
} from './administration/budget-usage.js';
export * from './administration/empty-text.decorator.js';
export {
  BudgetValuesRequest,
  limitsChangeOf,
  namedBudgetOf,
  LimitsRequest,
  metadataChangeOf,
  MetadataMember,
  namedLimitsOf,
  newLimitsOf,
} from './administration/limits-request.js';
export * from './administration/limit-member.decorator.js';
export * from './administration/limit-types-request.js';
export * from './limits/guaranteed-limits.js';
export * from './limits/limit-types.js';
export * from './administration/limits-response.js';
export * from './administration/members-member.decorator.js';
export * from './administration/model-aliases-member.decorator.js';
export * from './administration/own-tags.js';
export * from './administration/pass-through-routes.js';
export * from './administration/count-member.decorator.js';
export * from './administration/request-member.decorator.js';
export * from './administration/storable.js';
export * from './administration/own-spend.js';
export * from './administration/who-may.js';
export * from './request/handler-preflight.js';
export * from './request/decision-trace.js';
export * from './decorators/access.decorator.js';
export * from './decorators/body-kind.decorator.js';
export * from './decorators/permission.decorator.js';
export * from './decorators/public.decorator.js';
export * from './limits/completed-limits.js';
export * from './limits/instant.js';
export * from './limits/limit-values.js';
export * from './limits/limits.js';
export * from './limits/limits-change.js';
export * from './limits/main-window.js';
export * from './limits/named-budgets.js';
export * from './limits/window.js';
export * from './models/forced-models.js';
export * from './models/model-aliases.js';
export * from './models/model-limits.js';
export * from './models/model-names.js';
export * from './models/model-pattern.js';
export * from './request/principal.js';
export * from './request/request-state.js';
export * from './request/request-tags.js';
export * from './request/role.js';
export * from './request/upgraded-connection.js';
export * from './request/withdrawal.js';
export * from './routes/azure-target.js';
export * from './routes/configured-endpoint.js';
export * from './routes/prefix-calls.js';
export * from './routes/route-catalog.js';
export * from './routes/route-groups.js';
export * from './routes/route-limits.js';
export * from './routes/route-path.js';
export * from './routes/route-pattern.js';
export * from './routes/shown-path.js';
export * from './routes/wire-format.js';
