import { isJsonObject, scanJsonObject, type JsonObjectScan } from '#libs/common';
import { eachString } from './json-strings.js';
import { eventType } from './event-types.js';
import { NOTHING } from './body-report.js';
import type { BodyReport, EventSigns, ResponseFormat, UsageReport } from './response-format.js';
import {
  carriesContent,
  dataOf,
  isDoneEvent,
  isErrorEvent,
  serviceTierOf,
  signPattern,
  signsIn,
} from './stream-event.js';

/** Types of the events that end a stream. They hold the whole response with its usage. */
const LAST_TYPES: ReadonlySet<string | null> = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
]);
/** Values of `status` of a response that changes no more. */
export const ENDED_STATUSES: ReadonlySet<unknown> = new Set([
  ...['completed', 'failed', 'incomplete', 'cancelled'],
]);
/** Values of `status` of a response that has failed. One that is `incomplete` has reached its limit, as a chat with `length`. */
const FAILED_STATUSES: ReadonlySet<unknown> = new Set(['failed', 'cancelled']);
/** Types of events that end such a response. */
const FAILED_TYPES: ReadonlySet<string> = new Set(['response.failed', 'error']);
/** Values of `status` of a response on which the upstream works. */
const RUNNING_STATUSES: ReadonlySet<unknown> = new Set(['queued', 'in_progress']);
/** Types of the events before any output. They hold the response with its id. */
const FIRST_TYPES: ReadonlySet<string | null> = new Set([
  'response.created',
  'response.in_progress',
  'response.queued',
]);
/** Types of events without output. */
const EMPTY_TYPES: ReadonlySet<string | null> = new Set([
  ...FIRST_TYPES,
  'response.failed',
  'error',
]);
/** Output in events: each piece once, before it is repeated whole. */
const EVENT_SIGNS = signPattern(['delta']);
/** Output in a whole response. */
const BODY_SIGNS = signPattern(['text', 'arguments', 'refusal', 'input']);
const SEARCH = 'web_search_call';
/** What a search does besides searching, which costs nothing. */
const FREE_ACTIONS: ReadonlySet<string> = new Set(['open_page', 'find_in_page', 'find']);

/**
 * Responses of OpenAI's Responses API: `usage` beside `output`, streams of typed events that end with the whole response. The
 * items are web searches: https://platform.openai.com/docs/api-reference/responses.
 */
export class ResponsesFormat implements ResponseFormat {
  readonly events = 'numbered';
  readonly endsWith = 'done';

  readBody(body: Buffer): BodyReport {
    const scan = scanned(body);
    return scan === null ? NOTHING : reportOf(scan);
  }

  signsOf(json: string): EventSigns {
    const isBody = json.startsWith('{');
    const signs = signsIn(json, isBody ? BODY_SIGNS : EVENT_SIGNS);
    return { ...signs, isFinish: signs.mayHoldUsage };
  }

  usageOfEvent(event: string): UsageReport | null {
    const scan = scanned(Buffer.from(dataOf(event)));
    const response = scan === null ? null : responseIn(scan);
    const report = response === null ? null : reportOf(response);
    const usage = report?.usage ?? null;
    return report === null || usage === null ? null : { ...report, usage, isAlone: false };
  }

  hasContent(event: string): boolean {
    return !EMPTY_TYPES.has(eventType(event)) && carriesContent(event, EVENT_SIGNS);
  }

  begins(event: string): boolean {
    return FIRST_TYPES.has(eventType(event));
  }

  isFailure(event: string): boolean {
    const type = eventType(event) ?? '';
    return FAILED_TYPES.has(type) || (!type.startsWith('response.') && isErrorEvent(event));
  }

  isDone(event: string): boolean {
    return isLastResponseEvent(event) || isDoneEvent(event);
  }

  /** Returns true for an event with the response: with its usage, or with its id, which must be read before it goes on. */
  mayBeLong(head: string): boolean {
    return hasResponse(head);
  }
}

/**
 * Tells whether an event is the last one of a stream, with the whole response.
 * @param event the event or the beginning of it, as latin1 text
 */
export function isLastResponseEvent(event: string): boolean {
  return LAST_TYPES.has(eventType(event));
}

/**
 * Tells whether an event holds the response, as far as it is there.
 * @param event the event or the beginning of it, as latin1 text
 */
export function hasResponse(event: string): boolean {
  const type = eventType(event);
  return LAST_TYPES.has(type) || FIRST_TYPES.has(type);
}

/**
 * Returns the id and the output of a response, parsed; `null` where there is none.
 * @param received a whole body, or an event as latin1 text
 */
export function responseOf(
  received: Buffer | string,
): Readonly<Partial<Record<'id' | 'output' | 'status', unknown>>> | null {
  const isEvent = typeof received === 'string';
  const scan = scanned(isEvent ? Buffer.from(dataOf(received)) : received);
  const response = scan !== null && isEvent ? responseIn(scan) : scan;
  if (response === null) return null;
  const [id, output, status] = ['id', 'output', 'status'].map((name) => memberOf(response, name));
  return { id, output, status };
}

/** Tells whether a body is that of a response on which the upstream still works. */
export function isRunningResponse(body: Buffer): boolean {
  const scan = scanned(body);
  return scan !== null && RUNNING_STATUSES.has(memberOf(scan, 'status'));
}

/**
 * Returns the bytes of the response that an event holds; `null` where there is none.
 * @param event as latin1 text
 */
export function responseBytesOf(event: string): Buffer | null {
  const scan = scanned(Buffer.from(dataOf(event)));
  const member = scan?.members.get('response');
  return scan === null || member === undefined
    ? null
    : scan.bytes.subarray(member.valueStart, member.end);
}

/** `null` for what is not a JSON object, or not a whole one. */
function scanned(bytes: Buffer): JsonObjectScan | null {
  try {
    return scanJsonObject(bytes);
  } catch {
    return null;
  }
}

function responseIn(event: JsonObjectScan): JsonObjectScan | null {
  const member = event.members.get('response');
  return member === undefined ? null : scanned(event.bytes.subarray(member.valueStart, member.end));
}

function reportOf(response: JsonObjectScan): BodyReport {
  const usage = memberOf(response, 'usage');
  return {
    usage: isJsonObject(usage) ? usage : null,
    serviceTier: serviceTierOf({ service_tier: memberOf(response, 'service_tier') }),
    isError: (memberOf(response, 'error') ?? null) !== null,
    hasFailed: FAILED_STATUSES.has(memberOf(response, 'status')),
    items: searchesIn(response),
  };
}

function memberOf(response: JsonObjectScan, name: string): unknown {
  try {
    return response.value(name);
  } catch {
    return undefined;
  }
}

/** The searches that are billed: the upstream's own count, else the calls of the tool that are searches. */
function searchesIn(response: JsonObjectScan): number {
  const tools = memberOf(response, 'tool_usage');
  const counted = isJsonObject(tools) ? tools['web_search'] : undefined;
  const requests = isJsonObject(counted) ? counted['num_requests'] : undefined;
  if (typeof requests === 'number' && Number.isInteger(requests) && requests >= 0) return requests;
  return searchCallsIn(response);
}

function searchCallsIn(response: JsonObjectScan): number {
  const member = response.members.get('output');
  if (member === undefined) return 0;
  let calls = 0;
  let name: string | null = null;
  eachString(response.bytes, { start: member.valueStart, end: member.end }, (one) => {
    if (one.valueByte !== null) name = one.text;
    else if (name === 'type' && one.text === SEARCH) calls += 1;
    else if (name === 'type' && one.text !== null && FREE_ACTIONS.has(one.text)) calls -= 1;
  });
  return Math.max(0, calls);
}
