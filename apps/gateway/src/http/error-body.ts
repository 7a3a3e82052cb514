import type { GatehouseError } from '#libs/common';

/** The envelope of every failure that Gatehouse itself answers with; below 1 KB. */
export interface ErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    /** The HTTP status as a string, as LiteLLM has it. */
    readonly code: string;
    /** Our stable code. */
    readonly reason: string;
  };
}

const MAX_MESSAGE_BYTES = 700;
const MAX_PARAM_LENGTH = 120;

/**
 * The envelope of an error.
 * @param error what was thrown
 */
export function errorBodyOf(error: GatehouseError): ErrorBody {
  return {
    error: {
      message: cut(error.message),
      type: error.type,
      param: error.param?.slice(0, MAX_PARAM_LENGTH) ?? null,
      code: String(error.status),
      reason: error.code,
    },
  };
}

/**
 * The headers that accompany an error: who failed, when to try again, and for 401 the challenge of
 * RFC 6750 section 3, whose `error` member is left out when no credential was sent at all.
 * @param error what was thrown
 */
export function errorHeadersOf(error: GatehouseError): Readonly<Record<string, string>> {
  return {
    'x-gatehouse-error-source': 'gateway',
    ...(error.status === 401 ? { 'www-authenticate': challengeOf(error) } : {}),
    ...(error.retryAfterSeconds === null
      ? {}
      : { 'retry-after': String(Math.max(1, Math.ceil(error.retryAfterSeconds))) }),
  };
}

function challengeOf(error: GatehouseError): string {
  if (error.code === 'credential_missing') return 'Bearer';
  return 'Bearer error="invalid_token"';
}

function cut(message: string): string {
  const bytes = Buffer.from(message);
  if (bytes.length <= MAX_MESSAGE_BYTES) return message;
  return `${bytes
    .subarray(0, MAX_MESSAGE_BYTES)
    .toString('utf8')
    .replace(/\ufffd+$/, '')}…`;
}
