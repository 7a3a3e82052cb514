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

/** Names of the pause in milliseconds: of OpenAI, and of Azure. */
const PRECISE = ['retry-after-ms', 'x-ms-retry-after-ms'] as const;
const MILLISECONDS = /^\d{1,9}(?:\.\d{1,9})?$/;
const SECONDS = /^\d{1,6}$/;
/** The three forms of a date in HTTP (RFC 9110, section 5.6.7) begin with the day of the week. */
const HTTP_DATE =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? [A-Za-z0-9 -]+ \d\d:\d\d:\d\d(?: GMT| \d{4})$/;

/**
 * Returns the pause that a failed response asks for, in milliseconds; `null` when it names none. A date counts from the `Date` of the
 * same response, so that the clocks need not agree; one that has passed is a pause of 0.
 * @param headers the upstream's headers
 */
export function requestedPauseMs(headers: IncomingHttpHeaders): number | null {
  for (const name of PRECISE) {
    const precise = headers[name];
    if (typeof precise === 'string' && MILLISECONDS.test(precise)) return Number(precise);
  }
  const value = headers['retry-after'] ?? '';
  return SECONDS.test(value) ? Number(value) * 1_000 : pauseUntil(value, headers.date ?? '');
}

function pauseUntil(end: string, sentAt: string): number | null {
  const pauseMs = instantOf(end) - instantOf(sentAt);
  return Number.isNaN(pauseMs) ? null : Math.max(0, pauseMs);
}

/** `NaN` for anything else than a date of HTTP. The oldest form leaves out that it is in UTC. */
function instantOf(date: string): number {
  if (!HTTP_DATE.test(date)) return Number.NaN;
  return Date.parse(date.endsWith(' GMT') ? date : `${date} GMT`);
}
