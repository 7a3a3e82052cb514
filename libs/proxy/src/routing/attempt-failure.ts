import type { IncomingHttpHeaders } from 'node:http';
import type { FailureClass } from '#libs/config';
import { isContentRefusal } from '../upstream/content-refusal.js';
import { isCredentialRefusal } from '../upstream/refusals.js';
import { isUnknownModel } from '../upstream/unknown-model.js';
import type { UpstreamFailureKind } from '../upstream/upstream-failure.js';

/** What the failure of an attempt means for the next one. */
export interface AttemptFailure {
  readonly failure: FailureClass;
  /** Pause that the upstream asks for; `null` when it names none. */
  readonly requestedMs: number | null;
  /** False when the same deployment would fail again, or may still work on the request. */
  readonly mayRepeatHere: boolean;
  /** True when the upstream says that another attempt is pointless. */
  readonly isFinal: boolean;
}

/** Statuses of servers that are busy or down; 529 is Anthropic's. */
const UNAVAILABLE: ReadonlySet<number> = new Set([502, 503, 529]);
/** A server that cannot do what is asked. */
const UNSUPPORTED: ReadonlySet<number> = new Set([501, 505]);
const TIMEOUTS: ReadonlySet<number> = new Set([408, 504]);
/** Failures that the same deployment would repeat. */
const LASTING: ReadonlySet<FailureClass> = new Set([
  'authentication',
  'bad-request',
  'content-policy',
  'not-found',
]);

/**
 * Returns the kind of a failed response; `null` for any other.
 * @param body decoded bytes
 */
export function classOfResponse(status: number, body: Buffer): FailureClass | null {
  if (status < 400) return null;
  return status >= 500 ? classOfServerError(status) : classOfClientError(status, body);
}

function classOfServerError(status: number): FailureClass {
  if (UNAVAILABLE.has(status)) return 'unavailable';
  if (TIMEOUTS.has(status)) return 'timeout';
  return UNSUPPORTED.has(status) ? 'bad-request' : 'internal';
}

function classOfClientError(status: number, body: Buffer): FailureClass {
  if (status === 429) return 'rate-limit';
  if (TIMEOUTS.has(status)) return 'timeout';
  if (isCredentialRefusal(status, body)) return 'authentication';
  if (status === 404 && isUnknownModel(body)) return 'not-found';
  return isContentRefusal(body) ? 'content-policy' : 'bad-request';
}

/**
 * Returns what a failed response means for the next attempt. `x-should-retry: false` is OpenAI's way to say that it would
 * be pointless.
 */
export function failureOfResponse(
  failure: FailureClass,
  headers: IncomingHttpHeaders,
): AttemptFailure {
  return {
    failure,
    requestedMs: requestedPauseMs(headers),
    mayRepeatHere: !LASTING.has(failure),
    isFinal: headers['x-should-retry'] === 'false' && failure !== 'authentication',
  };
}

/** Returns the kind of the failure of a connection; `null` where it is not the deployment's. */
export function classOfConnection(kind: UpstreamFailureKind): FailureClass | null {
  if (kind === 'aborted' || kind === 'shutting_down') return null;
  if (kind === 'timeout') return 'timeout';
  return kind === 'unreachable' ? 'unavailable' : 'internal';
}

/**
 * The pause that a failed response asks for, in milliseconds; `null` when it names none in seconds or milliseconds.
 * @param headers the upstream's headers
 */
export function requestedPauseMs(headers: IncomingHttpHeaders): number | null {
  const precise = headers['retry-after-ms'];
  if (typeof precise === 'string' && /^\d{1,9}(\.\d+)?$/.test(precise)) return Number(precise);
  const value = headers['retry-after'];
  return value !== undefined && /^\d{1,6}$/.test(value) ? Number(value) * 1_000 : null;
}
