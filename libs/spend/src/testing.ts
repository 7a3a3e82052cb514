/* The door of this library for tests, as `#libs/spend/testing`; it is neither built nor shipped. */
export { Ledger } from './ledger/ledger.js';
export { ProcessWatch } from './recording/process-watch.js';
