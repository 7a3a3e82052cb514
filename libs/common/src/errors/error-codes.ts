/**
 * The catalogue of the errors that Gatehouse itself responds with.
 *
 * One line per code: HTTP status, LiteLLM's `type` name, log level, and one sentence that every
 * caller may see. Codes are stable because clients switch on them: new ones are added and none is
 * renamed. `docs/reference/errors.md` explains each; a contract test compares the two.
 */

/** Severity with which a failure is logged. `error` is reserved for what an operator must look at. */
type ErrorLogLevel = 'info' | 'warn' | 'error';

/** One line of the catalogue. */
export interface ErrorDefinition {
  /** HTTP status of the answer. */
  readonly status: number;
  /** LiteLLM's name for the family, the `type` member of the envelope. */
  readonly type: string;
  /** Severity in the log. */
  readonly logLevel: ErrorLogLevel;
  /** The message that the caller receives when the error was thrown without one. */
  readonly sentence: string;
}

const define = (
  status: number,
  type: string,
  logLevel: ErrorLogLevel,
  sentence: string,
): ErrorDefinition => ({ status, type, logLevel, sentence });

/** Every code with its definition. */
export const ERROR_CODES = {
  credential_missing: define(
    401,
    'auth_error',
    'info',
    'No credential was sent. Send "Authorization: Bearer <token>".',
  ),
  credential_malformed: define(
    401,
    'auth_error',
    'info',
    'The credential is not a bearer token that can be read.',
  ),
  credential_ambiguous: define(
    401,
    'auth_error',
    'info',
    'More than one credential was sent. Send exactly one.',
  ),
  token_invalid: define(401, 'auth_error', 'info', 'The access token is not accepted.'),
  token_expired: define(
    401,
    'expired_key',
    'info',
    'The token has expired. Get a new one from your identity provider.',
  ),
  token_revoked: define(401, 'auth_error', 'info', 'The token has been revoked.'),
  issuer_unknown: define(401, 'auth_error', 'info', 'The access token is not accepted.'),
  key_unknown: define(401, 'auth_error', 'info', 'The key is not known.'),
  key_expired: define(401, 'expired_key', 'info', 'The key has expired.'),
  key_blocked: define(401, 'auth_error', 'info', 'The key is blocked.'),
  route_not_allowed: define(403, 'auth_error', 'info', 'This credential may not call this route.'),
  model_not_allowed: define(
    403,
    'auth_error',
    'info',
    'This credential may not use the requested model.',
  ),
  scope_insufficient: define(
    403,
    'auth_error',
    'info',
    'The token lacks a scope that this request needs.',
  ),
  role_missing: define(403, 'auth_error', 'info', 'The token carries no role that may do this.'),
  policy_denied: define(403, 'auth_error', 'info', 'A policy refuses this request.'),
  email_domain_not_allowed: define(
    403,
    'auth_error',
    'info',
    'The email address of the token is not of an allowed domain.',
  ),
  email_not_verified: define(
    403,
    'auth_error',
    'info',
    'The email address of the token is not verified.',
  ),
  team_required: define(403, 'auth_error', 'info', 'The token names no team, and one is required.'),
  team_unknown: define(403, 'auth_error', 'info', 'The team of the token is not known.'),
  claim_ambiguous: define(
    403,
    'auth_error',
    'info',
    'A claim of the token does not hold the one value that is meant.',
  ),
  groups_unresolved: define(
    403,
    'auth_error',
    'info',
    'The token only points at the groups of its bearer, and they could not be resolved.',
  ),
  team_not_in_token: define(
    403,
    'auth_error',
    'info',
    'The requested team is not among those of the token.',
  ),
  team_blocked: define(
    403,
    'auth_error',
    'info',
    'The team is blocked. Ask an administrator to unblock it.',
  ),
  user_unknown: define(403, 'auth_error', 'info', 'The user of the token is not known.'),
  user_blocked: define(403, 'auth_error', 'info', 'The user is blocked. Ask an administrator.'),
  identity_conflict: define(
    403,
    'auth_error',
    'warn',
    'The account of this token belongs to another identity. Ask an administrator to link them.',
  ),
  org_unknown: define(403, 'auth_error', 'info', 'The organisation of the token is not known.'),
  org_blocked: define(
    403,
    'auth_error',
    'info',
    'The organisation is blocked. Ask an administrator.',
  ),
  end_user_blocked: define(403, 'auth_error', 'info', 'The end user is blocked.'),
  budget_exceeded: define(422, 'budget_exceeded', 'info', 'A budget is exhausted.'),
  budget_missing: define(
    503,
    'internal_server_error',
    'error',
    'A budget that this call needs does not exist. Ask an administrator.',
  ),
  rate_limited: define(429, 'rate_limit_error', 'info', 'Too many requests. Try again later.'),
  price_unknown: define(
    403,
    'auth_error',
    'info',
    'The price of this model is not known, and unpriced models are refused.',
  ),
  request_invalid: define(400, 'bad_request_error', 'info', 'The request is not valid.'),
  model_unknown: define(
    400,
    'bad_request_error',
    'info',
    'The requested model does not exist here. GET /v1/models lists those that do.',
  ),
  operation_unsupported: define(
    400,
    'bad_request_error',
    'info',
    'The requested model is not served at this route.',
  ),
  model_unpriced: define(
    400,
    'bad_request_error',
    'info',
    'The model has no known price, so that no cost can be computed.',
  ),
  body_too_large: define(413, 'bad_request_error', 'info', 'The request body is too large.'),
  headers_too_large: define(
    431,
    'bad_request_error',
    'info',
    'The credential or the headers are too large.',
  ),
  not_found: define(404, 'not_found_error', 'info', 'There is nothing here under that name.'),
  method_not_allowed: define(
    405,
    'bad_request_error',
    'info',
    'This path is not served for this method.',
  ),
  already_exists: define(
    409,
    'bad_request_error',
    'info',
    'Something with that id exists already.',
  ),
  idempotency_key_in_work: define(
    409,
    'bad_request_error',
    'info',
    'A request with this Idempotency-Key is in work. Try again when it has ended.',
  ),
  idempotency_key_used: define(
    409,
    'bad_request_error',
    'info',
    'The request with this Idempotency-Key has ended, and its response is not kept. Send a new key to make the call again.',
  ),
  idempotency_key_reused: define(
    400,
    'bad_request_error',
    'info',
    'This Idempotency-Key belongs to another request. Send a new key.',
  ),
  auth_provider_unavailable: define(
    503,
    'auth_provider_unavailable',
    'error',
    'The identity provider cannot be reached. Try again shortly.',
  ),
  database_unavailable: define(
    503,
    'no_db_connection',
    'error',
    'The database cannot be reached. Try again shortly.',
  ),
  cache_unavailable: define(
    503,
    'internal_server_error',
    'warn',
    'The server of the cache cannot be reached. Try again shortly.',
  ),
  report_timeout: define(
    503,
    'internal_server_error',
    'warn',
    'The report was not ready within its time limit. Ask for fewer days or groups, or try again later.',
  ),
  spend_journal_unavailable: define(
    503,
    'internal_server_error',
    'error',
    'Spend cannot be recorded now. Try again shortly.',
  ),
  no_deployment_available: define(
    503,
    'upstream_error',
    'warn',
    'No deployment of this model can take the request now.',
  ),
  context_window_exceeded: define(
    400,
    'bad_request_error',
    'info',
    'The input is longer than the context of every deployment of this model.',
  ),
  upstream_unreachable: define(502, 'upstream_error', 'warn', 'The model could not be reached.'),
  upstream_timeout: define(504, 'upstream_error', 'warn', 'The model did not answer in time.'),
  upstream_invalid: define(
    502,
    'upstream_error',
    'warn',
    'The answer of the model could not be read.',
  ),
  upstream_credential_rejected: define(
    502,
    'upstream_error',
    'error',
    'The model provider does not accept the credential of this gateway. Ask an administrator.',
  ),
  shutting_down: define(
    503,
    'internal_server_error',
    'info',
    'This instance is shutting down. Try again.',
  ),
  internal_error: define(
    500,
    'internal_server_error',
    'error',
    'Something went wrong inside Gatehouse. The request id helps to find it in the log.',
  ),
} as const satisfies Record<string, ErrorDefinition>;

/** A stable failure code, the `reason` member of the envelope. */
export type ErrorCode = keyof typeof ERROR_CODES;
