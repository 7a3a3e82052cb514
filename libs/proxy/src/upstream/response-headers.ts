import type { IncomingHttpHeaders } from 'node:http';
import { contentCodingOf, type ContentCoding } from '#libs/common';
import { isHeaderText } from './upstream-headers.js';

/** Headers of a response to a client. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

const JSON_TYPE = /^[^/]+\/(?:[^/]+\+)?json$/;
const BINARY_EVENT_STREAM = /^\s*application\/vnd\.amazon\.eventstream\s*(;|$)/i;
const EVENT_STREAM = /^\s*text\/event-stream\s*(;|$)/i;

/**
 * Headers of an upstream's response that a client may see. An allow-list: cookies, credentials, the
 * account's organisation, server names and all framing headers are dropped. So is `retry-after`, so
 * that its presence always means a limit of the gateway (docs/reference/http.md).
 */
const RELAYED: readonly string[] = [
  'content-type',
  'content-language',
  'openai-processing-ms',
  'openai-version',
  // Anthropic's id of the request.
  'request-id',
  'x-should-retry',
  'x-ratelimit-limit-requests',
  'x-ratelimit-limit-tokens',
  'x-ratelimit-remaining-requests',
  'x-ratelimit-remaining-tokens',
  'x-ratelimit-reset-requests',
  'x-ratelimit-reset-tokens',
];

/**
 * The upstream's headers that go to the client.
 * @param headers as received from the upstream
 */
export function relayedHeaders(headers: IncomingHttpHeaders): [name: string, value: string][] {
  const named = namesInConnection(headers);
  const relayed: [name: string, value: string][] = [];
  for (const name of RELAYED) {
    const value = headers[name];
    if (isHeaderText(value) && !named.includes(name)) relayed.push([name, value]);
  }
  return relayed;
}

/**
 * Tells whether an answer is an event stream.
 * @param headers as received from the upstream
 */
export function isEventStream(headers: IncomingHttpHeaders): boolean {
  return EVENT_STREAM.test(headers['content-type'] ?? '');
}

/** Tells whether a response is a stream of Amazon's binary messages. */
export function isBinaryEventStream(headers: IncomingHttpHeaders): boolean {
  return BINARY_EVENT_STREAM.test(headers['content-type'] ?? '');
}

/** Types that say nothing of the form of a body: some servers send JSON as `text/plain`. */
const FORMLESS_TYPES: ReadonlySet<string> = new Set(['', 'text/plain', 'application/octet-stream']);

/**
 * Returns true when the content type is JSON (RFC 6839, 3.1), an event stream, absent or one that does not tell.
 * @param headers as received from the upstream
 */
export function mayHoldCompletion(headers: IncomingHttpHeaders): boolean {
  const type = headers['content-type'] ?? '';
  return type === COMMON_TYPE || isCompletionType(type);
}

/** Returns true when the content type is JSON (RFC 6839, 3.1). */
export function isJson(headers: IncomingHttpHeaders): boolean {
  const [essence = ''] = (headers['content-type'] ?? '').split(';');
  return JSON_TYPE.test(essence.trim().toLowerCase());
}

/** That of nearly every response. */
const COMMON_TYPE = 'application/json';

function isCompletionType(type: string): boolean {
  const [essence = ''] = type.split(';');
  const name = essence.trim().toLowerCase();
  return FORMLESS_TYPES.has(name) || EVENT_STREAM.test(type) || JSON_TYPE.test(name);
}

/**
 * Returns true for the statuses of success, 200 to 299.
 * @param status as received from the upstream
 */
export function isSuccessStatus(status: number): boolean {
  return status >= 200 && status < 300;
}

/** What `Connection` names belongs to that connection alone (RFC 9110, section 7.6.1). */
function namesInConnection({ connection = '' }: IncomingHttpHeaders): readonly string[] {
  if (connection === '' || connection === 'keep-alive') return [];
  return connection.split(',').map((name) => name.trim().toLowerCase());
}

/** Larger buffered responses are given up: they are held whole, so that their usage is known before they leave. */
export const MAX_ANSWER_BYTES = 67_108_864;

/**
 * Undoes the content coding of a response that was compressed although `identity` was asked for.
 * @param encoding the `Content-Encoding` header
 * @returns the decoded bytes, or `null` when they cannot be had within the size limit
 */
export function decodedBody(
  body: Buffer,
  encoding: string | undefined,
): Buffer | null | Promise<Buffer | null> {
  const coding = contentCodingOf(encoding);
  if (coding === 'identity') return body;
  return coding === null ? null : wholeOf(coding, body);
}

async function wholeOf(coding: ContentCoding, body: Buffer): Promise<Buffer | null> {
  try {
    return await coding.whole(body, { maxOutputLength: MAX_ANSWER_BYTES });
  } catch {
    return null;
  }
}

/**
 * Returns what makes the decoder of a response's stream, `identity` when it needs none, and `null` when its
 * content coding is not known.
 * @param encoding the `Content-Encoding` header
 */
export function streamDecoder(
  encoding: string | undefined,
): ContentCoding['stream'] | 'identity' | null {
  const coding = contentCodingOf(encoding);
  return coding === 'identity' || coding === null ? coding : coding.stream;
}
