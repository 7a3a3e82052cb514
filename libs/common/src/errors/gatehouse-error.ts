import { ERROR_CODES, type ErrorCode, type ErrorDefinition } from './error-codes.js';

/** What may accompany a failure besides its code. */
export interface GatehouseErrorOptions {
  /** Safe sentence for the caller; default is the catalogue's. Never a token, key, claim or prompt. */
  readonly message?: string;
  /** Name of the body or query member at fault, the `param` member of the envelope. */
  readonly param?: string;
  /** In place of the catalogue's, where the configuration decides it. */
  readonly status?: number;
  /** LiteLLM type in place of the catalogue's, for example `team_model_access_denied`. */
  readonly type?: string;
  /** Seconds after which trying again makes sense; becomes `Retry-After`. */
  readonly retryAfterSeconds?: number;
  /** Scopes of which one would have sufficed, for the challenge of a 403 (RFC 6750 section 3.1). */
  readonly scopes?: readonly string[];
  /** Methods that the path is served for, for the `Allow` header of a 405. */
  readonly allowedMethods?: readonly string[];
  /** More headers of the answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** More members of the envelope, for programs: the limit that refused, for example. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** True where a budget or a limit refuses a call, so that its decision says which. */
  readonly isByLimit?: true;
  /** Facts for the log alone. Ids are fine; secrets, claims and prompts are not. */
  readonly context?: Readonly<Record<string, unknown>>;
  /** The error that led here, for the log alone. */
  readonly cause?: unknown;
}

const PLAIN = { headers: {}, details: {} };

/**
 * The one error class. Every refusal and every expected failure is thrown as one of these; any other
 * error that reaches the exception filter is a defect and becomes the response `internal_error`.
 */
export class GatehouseError extends Error {
  override readonly name = 'GatehouseError';
  /** The catalogue's line for {@link code}. */
  readonly definition: ErrorDefinition;
  /** HTTP status of the answer. */
  readonly status: number;
  /** LiteLLM type of the envelope. */
  readonly type: string;
  /** Member at fault, or `null`. */
  readonly param: string | null;
  /** Seconds for `Retry-After`, or `null`. */
  readonly retryAfterSeconds: number | null;
  /** Scopes that would have sufficed; empty where scopes are not the matter. */
  readonly scopes: readonly string[];
  /** Methods that the path is served for; empty where the method is not the matter. */
  readonly allowedMethods: readonly string[];
  /** More headers of the answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** More members of the envelope. */
  readonly details: Readonly<Record<string, unknown>>;
  /** Whether a budget or a limit refuses the call. */
  readonly isByLimit: boolean;
  /** Facts for the log. */
  readonly context: Readonly<Record<string, unknown>>;

  /**
   * @param code stable code out of the catalogue
   * @param options sentence, member at fault, log context, cause
   */
  constructor(
    readonly code: ErrorCode,
    options: GatehouseErrorOptions = {},
  ) {
    const definition: ErrorDefinition = ERROR_CODES[code];
    const { stackTraceLimit } = Error;
    // The code of a refusal and the trace of its call tell more than a stack, which costs more than all else here.
    if (definition.status < 500) Error.stackTraceLimit = 0;
    super(options.message ?? definition.sentence, { cause: options.cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.definition = definition;
    const { status, headers, details } = { ...PLAIN, status: definition.status, ...options };
    this.status = status;
    this.type = options.type ?? definition.type;
    this.param = options.param ?? null;
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
    this.scopes = options.scopes ?? [];
    this.allowedMethods = options.allowedMethods ?? [];
    this.headers = headers;
    this.details = details;
    this.isByLimit = options.isByLimit === true;
    this.context = options.context ?? {};
  }
}

/**
 * Tells whether a value is a {@link GatehouseError}, optionally of one code.
 * @param error anything that was thrown
 * @param code when given, the code must match too
 */
export function isGatehouseError(error: unknown, code?: ErrorCode): error is GatehouseError {
  return error instanceof GatehouseError && (code === undefined || error.code === code);
}
