/** Members that pino-pretty shows itself, or that say nothing to a person. */
const SHOWN_ELSEWHERE: ReadonlySet<string> = new Set(['level', 'time', 'message', 'stack']);
/** Members of a request line that stand in its head. */
const IN_HEAD: ReadonlySet<string> = new Set([
  'method',
  'route',
  'path',
  'status',
  'durationMs',
  'completed',
]);

/**
 * Returns the text of a log event for a person at a terminal: a request's method, route, status and duration, or the
 * event's message, then every member that has a value. Control characters are escaped, so that no member can move the
 * cursor or pretend to be another line; a stack follows on lines of its own.
 * @param event the event as it would be written as JSON
 */
export function readableLine(event: Readonly<Record<string, unknown>>): string {
  const isRequest = event['message'] === 'request' && typeof event['method'] === 'string';
  const head = isRequest ? requestHead(event) : printable(event['message']);
  const members = Object.entries(event)
    .filter(([name, value]) => !SHOWN_ELSEWHERE.has(name) && value !== null && value !== undefined)
    .filter(([name]) => !isRequest || !IN_HEAD.has(name))
    .map(([name, value]) => `${name}=${printable(value)}`);
  const { stack } = event;
  const lines = typeof stack === 'string' ? stack.split('\n').map((line) => printable(line)) : [];
  return [[head, ...members].join(' '), ...lines].join('\n    ');
}

function requestHead(event: Readonly<Record<string, unknown>>): string {
  const place = event['route'] ?? event['path'];
  const isCut = event['completed'] === false;
  return [
    ...[event['method'], place, event['status']].map(printable),
    `${Math.round(Number(event['durationMs'])).toString()} ms`,
    ...(isCut ? ['(cut off)'] : []),
  ].join(' ');
}

function printable(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => String.raw`\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
