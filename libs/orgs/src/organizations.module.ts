import { Module } from '@nestjs/common';
import { AuditModule } from '#libs/audit';
import { OrganizationMembershipsService } from './organization-memberships.service.js';
import { OrganizationsService } from './organizations.service.js';
import { OrganizationMembershipEntity } from './entities/organization-membership.entity.js';
import { OrganizationEntity } from './entities/organization.entity.js';

/** Provides {@link OrganizationsService} and {@link OrganizationMembershipsService}. Their endpoints are in libs/admin, which knows the teams too. */
@Module({
  imports: [AuditModule],
  providers: [OrganizationsService, OrganizationMembershipsService],
  exports: [OrganizationsService, OrganizationMembershipsService],
})
export class OrganizationsModule {}

/** The module and the tables of this library, for the composition root. */
export const ORGANIZATIONS_LIBRARY = {
  module: OrganizationsModule,
  entities: [OrganizationEntity, OrganizationMembershipEntity],
};
