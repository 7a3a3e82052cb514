import type { ErrorCode } from './error-codes.js';
import type { GatehouseError } from './gatehouse-error.js';

/** Anthropic's error types by status: https://platform.claude.com/docs/en/api/errors. */
const ANTHROPIC_TYPES: ReadonlyMap<number, string> = new Map([
  [401, 'authentication_error'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
  [413, 'request_too_large'],
  [429, 'rate_limit_error'],
  [503, 'overloaded_error'],
  [504, 'timeout_error'],
]);

/** OpenAI's error types by status, with Anthropic's name for an overload: https://platform.openai.com/docs/guides/error-codes. */
const OPENAI_TYPES: ReadonlyMap<number, string> = new Map([
  [401, 'authentication_error'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
  [429, 'rate_limit_error'],
  [503, 'overloaded_error'],
  [529, 'overloaded_error'],
]);

/** Google's canonical codes by status: https://cloud.google.com/apis/design/errors. */
const GOOGLE_STATUSES: ReadonlyMap<number, string> = new Map([
  [401, 'UNAUTHENTICATED'],
  [403, 'PERMISSION_DENIED'],
  [404, 'NOT_FOUND'],
  [405, 'UNIMPLEMENTED'],
  [409, 'ALREADY_EXISTS'],
  [429, 'RESOURCE_EXHAUSTED'],
  [502, 'UNAVAILABLE'],
  [503, 'UNAVAILABLE'],
  [504, 'DEADLINE_EXCEEDED'],
]);

/** Its status is configured, so that it says nothing of the kind of error. */
const OUT_OF_MONEY: ErrorCode = 'budget_exceeded';

/** Returns Anthropic's type of an error. */
export function anthropicTypeOf({ code, status }: GatehouseError): string {
  if (code === OUT_OF_MONEY) return 'billing_error';
  return anthropicErrorType(status);
}

/** Returns Anthropic's type of an error that has this status alone. */
export function anthropicErrorType(status: number): string {
  return ANTHROPIC_TYPES.get(status) ?? (status < 500 ? 'invalid_request_error' : 'api_error');
}

/** Returns OpenAI's type of an upstream's error that has this status. */
export function openaiErrorType(status: number): string {
  return OPENAI_TYPES.get(status) ?? (status < 500 ? 'invalid_request_error' : 'server_error');
}

/** Returns Google's status of an error. */
export function googleStatusOf({ code, status }: GatehouseError): string {
  if (code === OUT_OF_MONEY) return 'RESOURCE_EXHAUSTED';
  return GOOGLE_STATUSES.get(status) ?? (status < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL');
}
