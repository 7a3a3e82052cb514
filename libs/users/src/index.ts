/*
 * users: accounts: their rows, the snapshots that decisions read, audited changes, wire shapes.
 * Entry points: UsersService, UserListing, UserRoleSync, UsersModule, USERS_LIBRARY, the requests and toUserResponse.
 * Snapshots are cached and dropped by the change feed before the write that changed them resolves.
 * What spans users and teams is in admin.
 * Must never import: orgs, teams, end-users, keys, admin, auth, proxy, apps.
 */
export * from './account-binding.js';
export * from './dto/create-user.request.js';
export * from './dto/delete-users.request.js';
export * from './dto/list-users.request.js';
export * from './dto/update-user.request.js';
export * from './dto/user-team.request.js';
export * from './dto/user.response.js';
export * from './user-listing.service.js';
export * from './user-provisioning.service.js';
export * from './entities/user-record.js';
export * from './user-role-sync.service.js';
export * from './entities/user.entity.js';
export * from './users.module.js';
export * from './users.service.js';
