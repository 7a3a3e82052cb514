/*
 * orgs: organisations: their rows, the snapshots that decisions read, audited changes, wire shapes.
 * Entry points: OrganizationsService, OrganizationsModule, ORGANIZATIONS_LIBRARY, the requests and toOrganizationResponse.
 * Snapshots are cached and dropped by the change feed before the write that changed them resolves.
 * What spans organisations, teams and users is in admin.
 * Must never import: users, teams, end-users, keys, admin, auth, proxy, apps.
 */
export * from './dto/create-organization.request.js';
export { organizationChangesOf } from './dto/organization-values.request.js';
export * from './dto/organization.response.js';
export * from './dto/update-organization.request.js';
export * from './entities/organization-record.js';
export * from './entities/organization.entity.js';
export * from './organizations.module.js';
export * from './organizations.service.js';
