/*
 * spend: what calls cost and who pays: prices, the durable journal, the ledger with its totals, reports.
 * Entry points: SpendModule, SpendRecorder, PriceBook, costOfUsage, readUsage, SpendTotals, Reconciler, SPEND_LIBRARY.
 * Exact throughout: bigint pico-dollars in memory, numeric in SQL; totals move in the transaction of their entries.
 * It knows subjects only by their ids and reads no table of another library.
 * Must never import: any library but common, access, config and database.
 */
export * from './call-records.js';
export * from './cost.js';
export { teamMemberId } from './ledger/entry-batch.js';
export * from './ledger/reconciler.js';
export * from './ledger/spend-totals.js';
export * from './price-book.js';
export { SpendRecorder } from './spend-recorder.js';
export * from './spend.module.js';
export * from './usage-conventions.js';
export * from './usage.js';
