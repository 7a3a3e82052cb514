import { Module } from '@nestjs/common';
import { AuditTrail } from './audit-trail.service.js';

/** Provides the {@link AuditTrail}. Needs the global database and configuration modules. */
@Module({ providers: [AuditTrail], exports: [AuditTrail] })
export class AuditModule {}
