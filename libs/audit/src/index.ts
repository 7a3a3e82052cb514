/*
 * audit: the append-only, hash-chained record of every administrative change.
 * Entry points: AuditTrail (record within the change's transaction, verify), auditActorOf, AuditModule, AUDIT_LIBRARY.
 * An entry says who did what to which object, before and after, when and in which request; secrets are masked.
 * Entries carry ids without foreign keys: what was deleted keeps its history.
 * Must never import: any library that owns what is audited, auth, proxy, apps.
 */
export * from './audit-actor.js';
export * from './audit-chain-head.entity.js';
export * from './audit-entry.entity.js';
export * from './audit-trail.service.js';
export * from './audit.module.js';
export * from './audited-table.js';
