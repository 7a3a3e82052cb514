/*
 * end-users: the people behind clients' own applications: rows, snapshots that decisions read, audited changes, endpoints.
 * Entry points: EndUsersService, EndUsersModule, END_USERS_LIBRARY (controllers of /customer and /end_user).
 * Snapshots are cached and dropped by the change feed before the write that changed them resolves.
 * "Customer" is LiteLLM's word for an end user, and appears in what is on the wire alone.
 * Must never import: orgs, users, teams, keys, admin, auth, proxy, apps.
 */
export * from './end-user.entity.js';
export * from './end-users.module.js';
export * from './end-users.service.js';
