import { Module } from '@nestjs/common';
import { AuditTrail } from './audit-trail.service.js';
import { AuditEntryEntity } from './audit-entry.entity.js';
import { AuditChainHeadEntity } from './audit-chain-head.entity.js';

/** Provides the {@link AuditTrail}. Needs the global database and configuration modules. */
@Module({ providers: [AuditTrail], exports: [AuditTrail] })
export class AuditModule {}

/** The module and the tables of this library, for the composition root. */
export const AUDIT_LIBRARY = {
  module: AuditModule,
  entities: [AuditEntryEntity, AuditChainHeadEntity],
};
