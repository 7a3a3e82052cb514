/*
 * offline: the explanation of a call without a gateway: the pipeline of libs/auth over rows and expectations that a file gives.
 * Entry points: OfflineModule (no database, no HTTP), the readers of calls and expectation files, SampleTokenService.
 * Used by the command line and by tests. Must never import: proxy, admin, apps.
 */
export { ExpectationCase, ExpectationFile } from './expectation-file.js';
export { type EvaluatedExpectation, ExpectationRunner } from './expectation-runner.service.js';
export {
  organizationRow,
  teamRow,
  userRow,
  endUserRow,
  membershipRow,
  keyRow,
  keyMappingRow,
} from './offline-rows.js';
export { OfflineRecords as Given } from './offline-records.js';
export { OfflineModule } from './offline.module.js';
export { mismatchesOf, outcomeOf } from './outcome.js';
export { type Parsed, readExpectations, readRows } from './read-stated.js';
export { RowBook } from './row-book.js';
export {
  type TokenLack,
  type SampleTokenReview,
  SampleTokenService,
} from './sample-token.service.js';
export { type CompleteRequest, completeClaims, completeRequest } from './stated-call.js';
