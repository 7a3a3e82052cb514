import { Module } from '@nestjs/common';
import { AuditModule } from '#libs/audit';
import { OrganizationsService } from './organizations.service.js';

/** Provides {@link OrganizationsService}. Its endpoints are in the directory, which knows the teams too. */
@Module({
  imports: [AuditModule],
  providers: [OrganizationsService],
  exports: [OrganizationsService],
})
export class OrganizationsModule {}
