/*
 * common: the few ideas that every library shares: the error catalogue, exact money, ids, the clock, JSON scanning.
 * Entry points: GatehouseError and ERROR_CODES, money (PicoUsd), Clock, ids, scanJsonObject, readBody.
 * Pure or nearly so: no framework, no database, no configuration.
 * Code with state, or with I/O beyond one stream, belongs in another library.
 * Must never import: any other library or app of this project.
 */
export * from './back-off.js';
export * from './byte-sequence.js';
export * from './certificate-fault.js';
export * from './clock.js';
export * from './content-codings.js';
export * from './deep-freeze.js';
export * from './did-you-mean.js';
export * from './error-code.js';
export * from './errors/error-body.js';
export * from './errors/error-codes.js';
export * from './errors/gatehouse-error.js';
export * from './errors/unknown-row.js';
export * from './errors/wire-format.js';
export { anthropicErrorType, openaiErrorType } from './errors/wire-error-names.js';
export * from './ids.js';
export * from './form-scan.js';
export * from './json-object.js';
export * from './json-scan.js';
export * from './large-memory.js';
export * from './lru-expiry.js';
export * from './mail-address.js';
export * from './memoize.js';
export * from './money.js';
export * from './product.js';
export * from './read-body.js';
export * from './reads.js';
export * from './sliding-window.js';
export * from './text-pattern.js';
export * from './time-limit.js';
export * from './turns.js';
export * from './with-failure.js';
