import {
  QueryFailedError,
  QueryRunnerAlreadyReleasedError,
  QueryRunnerProviderAlreadyReleasedError,
} from 'typeorm';

/** SQLSTATE of a row that names one which is not there. */
export const FOREIGN_KEY_VIOLATION = '23503';

/** SQLSTATE of a lost race between two transactions: the same work may simply run again. */
const RACE_LOST = new Set(['40001', '40P01']);

/**
 * SQLSTATE (or class of two characters) after which the connection is of no further use: connection
 * exceptions, shutdown by an administrator, and a server that has become a read-only standby.
 */
const CONNECTION_LOST = ['08', '57P', '25006', '25P03'];

/**
 * SQLSTATE (or class) with which the server says that it cannot do it now: insufficient resources,
 * timeouts of statement and lock, system errors, and a login or database that is not accepted.
 */
const UNAVAILABLE = ['53', '57014', '55P03', '58', '28', '3D000'];

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'ENOENT',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
]);

/** Messages of `pg`, without a code, about a connection that broke or could not be made. */
const CONNECTION_LOST_TEXT =
  /^(Connection terminated|Query read timeout|timeout expired|Client (has encountered a connection error|was closed)|Cannot use a pool after calling end|Driver not Connected)/i;

/** Message of `pg` when every connection of the pool stayed busy. */
const POOL_BUSY_TEXT = 'timeout exceeded when trying to connect';

/**
 * The SQLSTATE of an error that PostgreSQL answered with, for example `23505`.
 * @param error anything that was thrown, wrapped by TypeORM or not
 * @returns five characters, or `null` when the error did not come from the server
 */
export function postgresErrorCode(error: unknown): string | null {
  const { code, severity } = driverErrorOf(error);
  return typeof code === 'string' && code.length === 5 && severity !== undefined ? code : null;
}

/**
 * Name of the constraint or unique index that a statement ran into.
 * @param error anything that was thrown, wrapped by TypeORM or not
 * @returns `null` when the error did not come from the server or is about none
 */
export function violatedConstraint(error: unknown): string | null {
  const { constraint } = driverErrorOf(error);
  return typeof constraint === 'string' && postgresErrorCode(error) !== null ? constraint : null;
}

/**
 * Tells whether the transaction lost a race (serialisation failure or deadlock) and may run again.
 * @param error anything that was thrown
 */
export function isRaceLost(error: unknown): boolean {
  const code = postgresErrorCode(error);
  return code !== null && RACE_LOST.has(code);
}

/**
 * Tells whether the connection broke, could not be made, or no longer leads to a usable server.
 * @param error anything that was thrown
 */
export function isConnectionLost(error: unknown): boolean {
  // TypeORM takes the connection of a transaction away as soon as it breaks, before the work sees
  // an error.
  if (error instanceof QueryRunnerAlreadyReleasedError) return true;
  if (error instanceof QueryRunnerProviderAlreadyReleasedError) return true;
  const sqlState = postgresErrorCode(error);
  if (sqlState !== null) {
    return CONNECTION_LOST.some((start) => sqlState.startsWith(start));
  }
  const { code, message } = driverErrorOf(error);
  if (typeof code === 'string' && NETWORK_CODES.has(code)) return true;
  return typeof message === 'string' && CONNECTION_LOST_TEXT.test(message);
}

/**
 * Tells whether the database cannot serve now for a reason that may pass: the connection is lost,
 * every connection is busy, resources are short, or a timeout struck.
 * @param error anything that was thrown
 */
export function isUnavailable(error: unknown): boolean {
  if (isConnectionLost(error)) return true;
  const sqlState = postgresErrorCode(error);
  if (sqlState !== null) return UNAVAILABLE.some((start) => sqlState.startsWith(start));
  return isPoolBusy(error);
}

/** Tells whether every connection was in use for too long, so that nothing was sent. */
export function isPoolBusy(error: unknown): boolean {
  return driverErrorOf(error).message === POOL_BUSY_TEXT;
}

/** Tells whether a statement took longer than its limit, or waited too long for a connection. */
export function isTimeLimit(error: unknown): boolean {
  return postgresErrorCode(error) === '57014' || isPoolBusy(error);
}

/**
 * Takes bound values out of a failed query, because they are data of callers and errors are logged.
 * @param error anything that was thrown; changed in place
 */
export function withoutValues(error: unknown): unknown {
  if (!(error instanceof QueryFailedError)) return error;
  // `detail` is "Key (email)=(…) already exists."; TypeORM copies it from the error of the driver.
  Object.assign(error, { parameters: undefined, detail: undefined });
  Object.assign(error.driverError, { detail: undefined });
  return error;
}

/** Members that an error of the driver may have. */
export interface DriverError {
  readonly code?: unknown;
  readonly severity?: unknown;
  readonly message?: unknown;
  readonly constraint?: unknown;
  readonly syscall?: unknown;
}

/**
 * The error of the driver.
 * @param error anything that was thrown, wrapped by TypeORM or not
 */
export function driverErrorOf(error: unknown): DriverError {
  if (error instanceof QueryFailedError) return error.driverError as DriverError;
  return typeof error === 'object' && error !== null ? error : {};
}
