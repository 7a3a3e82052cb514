/** Bytes in which the type of an event stands. */
const HEAD_BYTES = 512;
/** The name of an event (WHATWG HTML, 9.2.6), else the first `type` of its data. A quotation mark within a text is escaped. */
const TYPE = /^event: ?([^\r\n]*)|"type"[\0- ]*:[\0- ]*"([^"\\]*)"/m;

/**
 * Returns the type of an event by its first bytes; `null` when they do not tell.
 * @param event the event or the beginning of it, as latin1 text
 */
export function eventType(event: string): string | null {
  const match = TYPE.exec(event.slice(0, HEAD_BYTES));
  return match?.[1] ?? match?.[2] ?? null;
}
