/* The door of this library for tests, as `#libs/limits/testing`; it is neither built nor shipped. */
export { MoneyHolds, type MoneyHold } from './holds/money-holds.js';
export { PooledLeases } from './holds/pooled-leases.js';
export { PostgresLeases } from './holds/postgres-leases.js';
