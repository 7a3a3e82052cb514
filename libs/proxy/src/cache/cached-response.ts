import { isUtf8 } from 'node:buffer';
import { jsonObjectOf } from '#libs/common';
import type { ResponseFormat } from '../streaming/response-format.js';
import { EventBoundaries } from '../streaming/event-boundaries.js';
import type { RecordedResponse } from '../streaming/response-recording.js';
import { isEventStream, isJson, isSuccessStatus } from '../upstream/response-headers.js';
import { CACHE_VERSION } from './cache-key.js';

/** A complete response that may be served again. */
export interface CachedResponse {
  readonly status: number;
  readonly contentType: string;
  /** Body as it went to the client. */
  readonly body: string;
  /** The deployment that gave it, and the model there. */
  readonly deploymentId: string;
  readonly upstreamModel: string;
  /** Milliseconds since the Unix epoch. */
  readonly storedMs: number;
  readonly ttlMs: number;
}

/** A member `error` with a value other than null. Quotation marks within a text are escaped, so that no text is taken for one. */
const ERROR = /"error"\s*:\s*[^\sn]/;
/** Responses that ended early, of OpenAI's Responses API. */
const UNFINISHED = /"status"\s*:\s*"(?:failed|incomplete|cancelled)"/;

/**
 * Returns whether a response is whole and successful, so that it may be served again.
 * @param format how the responses of its operation are read
 */
export function isWhole(
  { status, contentType, body }: RecordedResponse,
  format: ResponseFormat,
): boolean {
  const headers = { 'content-type': contentType };
  if (!isSuccessStatus(status) || body.length === 0 || !isUtf8(body)) return false;
  const text = body.toString('latin1');
  if (ERROR.test(text) || UNFINISHED.test(text)) return false;
  if (isEventStream(headers)) return endsWhole(text, format);
  return isJson(headers) && isReadable(body);
}

/** The last event of a stream tells that nothing is missing. */
function endsWhole(text: string, format: ResponseFormat): boolean {
  const ends = new EventBoundaries().push(text);
  const last = ends.at(-1);
  if (last === undefined || text.slice(last).trim() !== '') return false;
  return format.isDone(text.slice(ends.at(-2) ?? 0, last));
}

function isReadable(body: Buffer): boolean {
  return jsonObjectOf(body.toString('utf8')) !== null;
}

/** Returns the text of a response for the store. */
export function encodedResponse(key: string, response: CachedResponse): string {
  return JSON.stringify({ version: CACHE_VERSION, key, ...response });
}

/**
 * Reads what {@link encodedResponse} has written.
 * @returns `null` for what is not the response of this key, or not of this version
 */
export function decodedResponse(key: string, text: string): CachedResponse | null {
  const value = jsonObjectOf(text);
  if (value?.['version'] !== CACHE_VERSION || value['key'] !== key) return null;
  return isCachedResponse(value) ? value : null;
}

const TEXTS = ['contentType', 'body', 'deploymentId', 'upstreamModel'] as const;
const NUMBERS = ['status', 'storedMs', 'ttlMs'] as const;

function isCachedResponse(value: object): value is CachedResponse {
  const members = value as Readonly<Record<string, unknown>>;
  return (
    TEXTS.every((name) => typeof members[name] === 'string') &&
    NUMBERS.every((name) => typeof members[name] === 'number')
  );
}
