/*
 * orgs: organisations and their members: their rows, the snapshots that decisions read, audited changes, wire shapes.
 * Entry points: OrganizationsService, OrganizationMembershipsService, OrganizationsModule, ORGANIZATIONS_LIBRARY, the requests and toOrganizationResponse.
 * Snapshots are cached and dropped by the change feed before the write that changed them resolves.
 * What spans organisations, teams and users is in admin.
 * Must never import: users, teams, end-users, keys, admin, auth, proxy, apps.
 */
export * from './dto/create-organization.request.js';
export { organizationChangesOf } from './dto/organization-values.request.js';
export * from './dto/organization-member.request.js';
export * from './dto/organization.response.js';
export * from './dto/update-organization.request.js';
export * from './entities/organization-membership.entity.js';
export * from './entities/organization-record.js';
export * from './entities/organization.entity.js';
export * from './organization-memberships.service.js';
export * from './organizations.module.js';
export * from './organizations.service.js';
