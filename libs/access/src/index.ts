/*
 * access: the vocabulary of access: who calls (Principal), what was decided (AccessContext), why (DecisionTrace).
 * Entry points: Principal, AccessContext, RequestState, DecisionTrace, route and model patterns, the decorators.
 * Data and metadata only: no I/O, no database, no configuration.
 * It exists so that controllers below and guards above share words without importing each other.
 * Must never import: anything but common.
 */
export * from './access-context.js';
export type { Plain } from './administration/plain.js';
export * from './administration/empty-text.decorator.js';
export * from './administration/limits.js';
export * from './administration/request-member.decorator.js';
export * from './administration/storable.js';
export * from './administration/who-may.js';
export * from './handler-preflight.js';
export * from './decision-trace.js';
export * from './decorators/access.decorator.js';
export * from './decorators/body-kind.decorator.js';
export * from './decorators/permission.decorator.js';
export * from './decorators/public.decorator.js';
export * from './model-limits.js';
export * from './model-pattern.js';
export * from './principal.js';
export * from './request-state.js';
export * from './role.js';
export * from './route-catalog.js';
export * from './route-groups.js';
export * from './route-limits.js';
export * from './route-path.js';
export * from './route-pattern.js';
export * from './shown-path.js';
