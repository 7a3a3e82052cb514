import { eachString } from './json-strings.js';

/** Braces and brackets. */
const OPENING: ReadonlySet<number | undefined> = new Set([0x7b, 0x5b]);
const CLOSING: ReadonlySet<number | undefined> = new Set([0x7d, 0x5d]);

/**
 * Returns a name that an object at any depth has more than once; `null` for none.
 * @param bytes valid JSON, as a whole: names are compared without their escapes
 */
export function repeatedName(bytes: Buffer): string | null {
  const open: Set<string>[] = [];
  let at = 0;
  let repeated: string | null = null;
  eachString(bytes, { start: 0, end: bytes.length }, ({ text, start, length, valueByte }) => {
    for (; at < start - 1; at += 1) {
      if (OPENING.has(bytes[at])) open.push(new Set());
      else if (CLOSING.has(bytes[at])) open.pop();
    }
    at = start + length + 1;
    if (valueByte === null || text === null) return;
    const names = open.at(-1);
    if (names?.has(text) === true) repeated ??= text;
    names?.add(text);
  });
  return repeated;
}
