import { GatehouseError, type ErrorCode, type GatehouseErrorOptions } from '#libs/common';

/** A "no" as plain data, so that policy stays pure and testable; a step turns it into the error. */
export interface Refusal {
  readonly code: ErrorCode;
  /** For the trace: what was looked at and what was missing. Names and ids of the principal only. */
  readonly detail: string;
  /** Path of the setting that made it so, `null` where none did. */
  readonly configKey: string | null;
  /** Type, member at fault or sentence of the answer, where the catalogue's do not fit. */
  readonly answer?: Pick<GatehouseErrorOptions, 'message' | 'type' | 'param'>;
}

/**
 * The error that a refusal leaves the gateway as.
 * @param refusal what policy concluded
 */
export function refusalError(refusal: Refusal): GatehouseError {
  return new GatehouseError(refusal.code, refusal.answer);
}
