/*
 * spend: what calls cost and who pays: prices, the durable journal, the ledger with its totals, reports.
 * Entry points: SpendModule, CostAdmission, SpendRecorder, PriceBook, costOfUsage, readUsage, SpendTotals, SpendCube, Reconciler, SPEND_LIBRARY.
 * Exact throughout: bigint pico-dollars in memory, numeric in SQL; totals move in the transaction of their entries.
 * It knows subjects only by their ids and reads no table of another library.
 * Must never import: any library but common, access, config and database.
 */
export * from './admission/cost-admission.js';
export { CostAdmissionModule } from './admission/cost-admission.module.js';
export * from './admission/cost-request.js';
export {
  DeploymentAdmission,
  LimitingDeployments,
  type AttemptUse,
  type DeploymentEntry,
  type DeploymentPass,
} from './admission/deployment-admission.js';
export * from './admission/model-spellings.js';
export type * from './admission/standing.js';
export { CostReservation } from './admission/cost-reservation.js';
export type { PriceTerms } from './costs/applied-prices.js';
export { isClassPriced, mergedPriceClass, priceClassIn } from './costs/price-classes.js';
export { batchPricesOf } from './costs/batch-prices.js';
export * from './costs/billing.js';
export * from './costs/call-records.js';
export {
  breakdownOf,
  costBasisOf,
  type CostBasis,
  type CostBreakdown,
} from './costs/cost-breakdown.js';
export * from './costs/cost-estimate.js';
export * from './costs/cost.js';
export { pairId, pairOf } from './costs/pair-id.js';
export * from './reconciler.js';
export * from './reports/budget-tables.js';
export { BudgetUsages, type UsageSubject } from './reports/budget-usages.js';
export * from './reports/caller-standing.js';
export { CallerStandingResponse } from './reports/caller-standing.response.js';
export * from './reports/reset-times.js';
export * from './reports/spend-reset.js';
export {
  SpendDayResponse,
  SpendLogResponse,
  toSpendLogResponse,
} from './reports/spend-log.response.js';
export { type LogPosition, type SpendLogsFilter } from './reports/spend-logs-sql.js';
export { SpendLogsService } from './reports/spend-logs.service.js';
export type { CubeLabel } from './reports/cube-activity.js';
export type { CubeDayText } from './reports/cube-days.js';
export type { CubeDimension, CubeFilter, CubeScope } from './reports/cube-sql.js';
export { SpendCube, type CubeRow } from './reports/spend-cube.js';
export * from './reports/json-stream.js';
export * from './reports/spend-totals.js';
export * from './costs/price-book.js';
export { unpricedWarnings } from './costs/unpriced-warnings.js';
export { SpendRecorder, type Recorded } from './recording/spend-recorder.js';
export * from './spend.module.js';
export * from './costs/usage-conventions.js';
export type * from './costs/token-usage.js';
export * from './costs/usage.js';
export { CACHED_UNITS, INPUT_UNITS, largerUsage, OUTPUT_UNITS } from './costs/usage-units.js';
