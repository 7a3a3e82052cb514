/*
 * reports: spend as people ask for it: by day, by any two dimensions, in LiteLLM's shapes and as files.
 * Entry points: REPORTS_LIBRARY.
 * Reads the roll-ups through SpendCube alone; adds the names of keys and teams; decides who sees what.
 * Must never import: auth, proxy, offline, admin.
 */
export { REPORTS_LIBRARY } from './reports.module.js';
