/*
 * limits: what the budgets and rate limits of rows mean for a request.
 * Entry point: LIMITS_LIBRARY.
 * The limits of rows are read from the snapshots of their libraries; what was spent is in spend.
 * Must never import: admin, auth, offline, proxy, apps.
 */
export * from './limits.module.js';
