import { jsonObjectOf } from '#libs/common';
import type { EventSigns, UsageReport } from './response-format.js';
import { usageIn } from './usage-places.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const DONE = '[DONE]';
/** `[DONE]` with its field name, line ends and spaces; longer events need not be looked at. */
const MAX_DONE_BYTES = 64;

/** An event that is named as an error (WHATWG HTML, 9.2.6). */
const ERROR_NAME = /^\uFEFF?event: ?error\r?$/m;

/**
 * Returns the pattern for {@link signsIn}. All signs are found in one search of an event as latin1 text, which stays
 * within the JavaScript engine: a fourth of the cost of a search for each name. White space is everything up to the
 * space, because JSON has no other control characters outside strings.
 * @param textMembers names of members whose string is output of the model
 * @param finishMember name of the member whose string ends a part of the response
 * @param usageMember name of the member that is the usage object
 */
export function signPattern(
  textMembers: readonly string[],
  finishMember = 'finish_reason',
  usageMember = 'usage',
): RegExp {
  const colon = '"[\\0- ]*:[\\0- ]*';
  const text = textMembers.map((name) => `|${name}${colon}"`).join('');
  return new RegExp(`"(?:${usageMember}${colon}\\{|${finishMember}${colon}"[^"]${text})`, 'g');
}

/**
 * Looks for text of the model, for the end of a choice and for a usage object. A `finish_reason` counts with a name in
 * it: some upstreams write an empty one into every other event. `"usage":null`, which stands in every chunk when
 * usage was asked for, does not count.
 * @param json latin1 text; may be cut anywhere
 * @param pattern of {@link signPattern}
 */
export function signsIn(json: string, pattern: RegExp): EventSigns {
  let textBytes = 0;
  let isFinish = false;
  let mayHoldUsage = false;
  pattern.lastIndex = 0;
  while (pattern.test(json)) {
    const behind = pattern.lastIndex;
    // A match ends with the brace of an object, with the quote of a text or behind the quote of a finish.
    if (json.charCodeAt(behind - 2) === QUOTE) isFinish = true;
    else if (json.charCodeAt(behind - 1) === OPEN_BRACE) mayHoldUsage = true;
    else {
      const end = stringEnd(json, behind);
      textBytes += end - behind;
      pattern.lastIndex = end;
    }
  }
  return { textBytes, isFinish, mayHoldUsage };
}

/**
 * Reads the usage out of an event; `null` when it has none.
 * @param event one whole event as latin1 text
 */
export function usageOfEvent(event: string): UsageReport | null {
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
 * @param signs pattern that finds text
 */
export function isErrorReport(response: object, signs: RegExp): boolean {
  return (
    hasError(response) &&
    (!('choices' in response) || signsIn(JSON.stringify(response), signs).textBytes === 0)
  );
}

/**
 * Returns true for an event that reports an error: by its name, its `type` or a member `error`, also beside output.
 * @param event one whole event as latin1 text
 */
export function isErrorEvent(event: string): boolean {
  if (!event.includes('error')) return false;
  if (ERROR_NAME.test(event)) return true;
  return event.includes('"error"') && reportsError(dataOf(event));
}

function reportsError(data: string): boolean {
  try {
    const chunk: unknown = JSON.parse(data);
    if (typeof chunk !== 'object' || chunk === null) return false;
    return ('type' in chunk && chunk.type === 'error') || hasError(chunk);
  } catch {
    return false;
  }
}

/** Tells whether an object has an error; others write `"error": null` into every response. */
export function hasError(response: object): boolean {
  const error: unknown = 'error' in response ? response.error : null;
  return typeof error === 'object' ? error !== null : error !== '' && error !== false;
}

/**
 * Returns true when an event holds anything but a comment, an error and the end of the stream.
 * @param event one whole event as latin1 text
 * @param signs pattern that finds text
 */
export function carriesContent(event: string, signs: RegExp): boolean {
  const data = dataOf(event).trim();
  if (data === '' || data === DONE || ERROR_NAME.test(event)) return false;
  try {
    const chunk: unknown = JSON.parse(data);
    return typeof chunk !== 'object' || chunk === null || !isErrorReport(chunk, signs);
  } catch {
    return true;
  }
}

/** Returns the data of an event; `null` where it is not a JSON object. */
export function jsonDataOf(event: string): Readonly<Record<string, unknown>> | null {
  return jsonObjectOf(dataOf(event));
}

/** Returns the data of an event: its `data` lines joined by LF, one leading space of each removed (WHATWG HTML, 9.2.6). */
export function dataOf(event: string): string {
  const lines = Buffer.from(event, 'latin1')
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .split(/\r\n|\n|\r/);
  return lines
    .filter((line) => line === 'data' || line.startsWith('data:'))
    .map((line) => line.slice(5).replace(/^ /, ''))
    .join('\n');
}

/** Offset of the quote that closes the string whose text starts at an offset. */
function stringEnd(json: string, start: number): number {
  let end = json.indexOf('"', start);
  while (end !== -1 && isEscaped(json, end)) end = json.indexOf('"', end + 1);
  return end === -1 ? json.length : end;
}

function isEscaped(json: string, quote: number): boolean {
  let slashes = 0;
  while (json.charCodeAt(quote - 1 - slashes) === BACKSLASH) slashes += 1;
  return slashes % 2 === 1;
}
