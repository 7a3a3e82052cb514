/* The door of this library for tests, as `#libs/limits/testing`; it is neither built nor shipped. */
export { MoneyHolds } from './holds/money-holds.js';
export { PostgresLeases } from './holds/postgres-leases.js';
