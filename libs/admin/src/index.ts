/*
 * admin: the administrative endpoints whose answers or effects span organisations, teams, users and keys.
 * Entry points: AdminModule, ADMIN_LIBRARY (controllers of /team, /user and /organization).
 * The rows, their rules and their audit belong to orgs, teams and users; here they are put together.
 * Handlers trust that the guards let the caller in, and narrow what an ordinary user sees.
 * Must never import: auth, proxy, apps.
 */
export * from './admin.module.js';
