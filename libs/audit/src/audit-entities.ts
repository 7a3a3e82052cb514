import { AuditChainHeadEntity } from './audit-chain-head.entity.js';
import { AuditEntryEntity } from './audit-entry.entity.js';

/** Entities of this library, for the data source. */
export const AUDIT_ENTITIES = [AuditEntryEntity, AuditChainHeadEntity];
