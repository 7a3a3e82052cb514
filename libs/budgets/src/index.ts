/*
 * budgets: limits with a name, which rows of the libraries of records refer to: their rows, snapshots and endpoints.
 * Entry points: BudgetsService, BUDGETS_LIBRARY.
 * That a row names a budget that exists is checked where rows are written, in libs/audit.
 * Must never import: orgs, users, teams, keys, end-users, admin, auth, proxy, apps.
 */
export * from './budgets.module.js';
export * from './budgets.service.js';
