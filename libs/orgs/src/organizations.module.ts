import { Module } from '@nestjs/common';
import { AuditModule } from '#libs/audit';
import { OrganizationsService } from './organizations.service.js';
import { OrganizationEntity } from './entities/organization.entity.js';

/** Provides {@link OrganizationsService}. Its endpoints are in libs/admin, which knows the teams too. */
@Module({
  imports: [AuditModule],
  providers: [OrganizationsService],
  exports: [OrganizationsService],
})
export class OrganizationsModule {}

/** The module and the tables of this library, for the composition root. */
export const ORGANIZATIONS_LIBRARY = {
  module: OrganizationsModule,
  entities: [OrganizationEntity],
};
