/*
 * end-users: the people behind clients' own applications: their rows and the snapshots that decisions read.
 * Entry points: EndUsersService, EndUsersModule, END_USERS_LIBRARY.
 * Snapshots are cached and dropped by the change feed before the write that changed them resolves.
 * Rows are made by traffic; there is nothing to administer yet.
 * Must never import: orgs, users, teams, keys, admin, auth, proxy, apps.
 */
export * from './end-user.entity.js';
export * from './end-users.module.js';
export * from './end-users.service.js';
