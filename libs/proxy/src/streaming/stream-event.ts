import type { UsageReport } from './response-format.js';
import { usageIn } from './usage-places.js';

/*
 * Events are looked at as latin1 text, one character a byte: searching a string stays within the JavaScript
 * engine, which is several times cheaper than as many calls into Buffer's native search.
 */
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const USAGE_NAME = '"usage"';
const FINISH_NAME = '"finish_reason"';
const DONE = '[DONE]';
/** `[DONE]` with its field name, line ends and spaces; longer events need not be looked at. */
const MAX_DONE_BYTES = 64;

/** An event that is named as an error (WHATWG HTML, 9.2.6). */
const ERROR_NAME = /^\uFEFF?event: ?error\r?$/m;

/**
 * Reads the usage out of an event; `null` when it has none. Cheap for all others: the event is parsed only
 * when a member `usage` with an object as value is seen in its bytes.
 * @param event one whole event as latin1 text
 */
export function usageOfEvent(event: string): UsageReport | null {
  if (!hasUsageObject(event)) return null;
  try {
    const chunk: unknown = JSON.parse(dataOf(event));
    if (typeof chunk !== 'object' || chunk === null) return null;
    const usage = usageIn(chunk);
    if (usage === null) return null;
    const choices = 'choices' in chunk ? chunk.choices : null;
    return {
      usage,
      serviceTier: serviceTierOf(chunk),
      isAlone: Array.isArray(choices) && choices.length === 0,
    };
  } catch {
    return null;
  }
}

/** The `service_tier` of an answer or a chunk; `null` when it names none. */
export function serviceTierOf(answer: object): string | null {
  return 'service_tier' in answer && typeof answer.service_tier === 'string'
    ? answer.service_tier
    : null;
}

/**
 * Tells whether an event is OpenAI's end of stream, `data: [DONE]`.
 * @param event one whole event as latin1 text
 */
export function isDoneEvent(event: string): boolean {
  return event.length <= MAX_DONE_BYTES && event.includes(DONE) && dataOf(event).trim() === DONE;
}

/**
 * Returns true when a response or a chunk reports an error and holds no choice with text: OpenRouter adds a choice
 * without text, and others write `"error": null` into every response.
 * @param names names of the members that hold text, in quotes
 */
export function isErrorReport(response: object, names: readonly string[]): boolean {
  const error: unknown = 'error' in response ? response.error : null;
  const isError = typeof error === 'object' ? error !== null : error !== '' && error !== false;
  return (
    isError && (!('choices' in response) || textBytesOf(JSON.stringify(response), names) === 0)
  );
}

/**
 * Returns true when an event holds anything but a comment, an error and the end of the stream.
 * @param event one whole event as latin1 text
 * @param names names of the members that hold text, in quotes
 */
export function carriesContent(event: string, names: readonly string[]): boolean {
  const data = dataOf(event).trim();
  if (data === '' || data === DONE || ERROR_NAME.test(event)) return false;
  try {
    const chunk: unknown = JSON.parse(data);
    return typeof chunk !== 'object' || chunk === null || !isErrorReport(chunk, names);
  } catch {
    return true;
  }
}

/**
 * Tells whether an event ends a choice: a `finish_reason` with a name in it. Some upstreams write an empty one
 * into every other event.
 * @param event one whole event as latin1 text
 */
export function isFinishEvent(event: string): boolean {
  for (let at = event.indexOf(FINISH_NAME); at !== -1; at = event.indexOf(FINISH_NAME, at + 1)) {
    const value = valueStart(event, at + FINISH_NAME.length);
    if (event.charCodeAt(value) === QUOTE && event.charCodeAt(value + 1) !== QUOTE) return true;
  }
  return false;
}

/**
 * Bytes of generated text in an event or an answer, as they stand in its JSON. Only for estimates.
 * @param json latin1 text; may be cut anywhere
 * @param names names of the members that hold text, in quotes
 */
export function textBytesOf(json: string, names: readonly string[]): number {
  let bytes = 0;
  for (const name of names) {
    for (let at = json.indexOf(name); at !== -1; at = json.indexOf(name, at + name.length)) {
      const value = valueStart(json, at + name.length);
      if (json.charCodeAt(value) === QUOTE) bytes += stringEnd(json, value) - value - 1;
    }
  }
  return bytes;
}

/** The data of an event: its `data` lines joined by LF, one leading space of each removed (WHATWG HTML, 9.2.6). */
function dataOf(event: string): string {
  const lines = Buffer.from(event, 'latin1')
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .split(/\r\n|\n|\r/);
  return lines
    .filter((line) => line === 'data' || line.startsWith('data:'))
    .map((line) => line.slice(5).replace(/^ /, ''))
    .join('\n');
}

/** `"usage":null`, which stands in every chunk when usage was asked for, must not cost a parse. */
function hasUsageObject(event: string): boolean {
  let at = event.indexOf(USAGE_NAME);
  while (at !== -1) {
    if (event.charCodeAt(valueStart(event, at + USAGE_NAME.length)) === OPEN_BRACE) return true;
    at = event.indexOf(USAGE_NAME, at + USAGE_NAME.length);
  }
  return false;
}

/** Offset of the value behind a member's name; of no value when it was not a name. */
function valueStart(json: string, from: number): number {
  const colon = skipSpace(json, from);
  return json.charCodeAt(colon) === COLON ? skipSpace(json, colon + 1) : json.length;
}

function skipSpace(json: string, from: number): number {
  let at = from;
  // Everything up to the space is white space here: JSON has no other control characters outside strings.
  while (json.charCodeAt(at) <= 0x20) at += 1;
  return at;
}

function stringEnd(json: string, start: number): number {
  let end = json.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(json, end)) end = json.indexOf('"', end + 1);
  return end === -1 ? json.length : end;
}

function isEscaped(json: string, quote: number): boolean {
  let slashes = 0;
  while (json.charCodeAt(quote - 1 - slashes) === BACKSLASH) slashes += 1;
  return slashes % 2 === 1;
}
