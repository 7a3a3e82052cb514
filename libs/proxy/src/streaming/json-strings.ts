const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
/** A longer string is reported without its text. An escape takes six bytes at most for one character. */
const MAX_KEPT_BYTES = 128;

/** A string of a JSON text. */
export interface JsonString {
  /** Without quotes and escapes; `null` where it is longer than 128 bytes, or malformed. */
  readonly text: string | null;
  /** Offset of its first byte, behind the quote. */
  readonly start: number;
  /** Bytes between its quotes. */
  readonly length: number;
  /** Its first bytes, as they stand there. */
  readonly head: string;
  /** First byte of the value that it names; `null` where it is a value itself. */
  readonly valueByte: number | null;
}

const HEAD_BYTES = 16;

/**
 * Calls back with every string of a part of a JSON text, names and values, in the order in which they stand. Strings alone hold
 * quotes, so that the rest is jumped over and nothing is parsed: megabytes of images cost microseconds.
 * @param bytes valid JSON, as a whole
 */
export function eachString(
  bytes: Buffer,
  { start, end }: { readonly start: number; readonly end: number },
  found: (one: JsonString) => void,
): void {
  let open = bytes.indexOf(QUOTE, start);
  while (open !== -1 && open < end) {
    const close = closingQuote(bytes, open);
    if (close === -1) return;
    found(stringBetween(bytes, open + 1, close));
    open = bytes.indexOf(QUOTE, close + 1);
  }
}

function closingQuote(bytes: Buffer, open: number): number {
  let close = bytes.indexOf(QUOTE, open + 1);
  while (close !== -1 && isEscaped(bytes, close)) close = bytes.indexOf(QUOTE, close + 1);
  return close;
}

function isEscaped(bytes: Buffer, at: number): boolean {
  let slashes = 0;
  while (bytes[at - 1 - slashes] === BACKSLASH) slashes += 1;
  return slashes % 2 === 1;
}

function stringBetween(bytes: Buffer, start: number, end: number): JsonString {
  const length = end - start;
  return {
    text: length > MAX_KEPT_BYTES ? null : textOf(bytes.toString('utf8', start, end)),
    start,
    length,
    head: bytes.toString('latin1', start, Math.min(end, start + HEAD_BYTES)),
    valueByte: valueByteBehind(bytes, end + 1),
  };
}

/** With its escapes undone, because they may hide a name. Large bodies are not parsed before, so that one may be malformed. */
function textOf(raw: string): string | null {
  if (!raw.includes('\\')) return raw;
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    return null;
  }
}

function valueByteBehind(bytes: Buffer, from: number): number | null {
  const colon = behindSpace(bytes, from);
  return bytes[colon] === COLON ? (bytes[behindSpace(bytes, colon + 1)] ?? null) : null;
}

function behindSpace(bytes: Buffer, from: number): number {
  let at = from;
  for (let byte = bytes[at]; isSpace(byte); byte = bytes[at]) at += 1;
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
