import { RE2JS } from 're2js';
import { memoizeByString } from '#libs/common';
import type { ClaimField } from '#libs/config';
import { readClaim } from '../matching/claim-path.js';

type Claims = Readonly<Record<string, unknown>>;

const compiled = memoizeByString((pattern) => RE2JS.compile(pattern));

/**
 * Returns the value that a field finds in a token: that of the first path which holds a value.
 * `null` and the empty string count only if no other path holds a value. Strings, including those
 * in a list, then pass the steps in the order `split`, `strip_prefix`, `regex`, `lower`, `map`. A
 * value that is not a string stays unchanged.
 * @returns `undefined` if no path is present, or the steps leave nothing of a string
 */
export function readField(claims: Claims, field: ClaimField): unknown {
  return workedValue(readFirst(claims, field.paths)?.value, field);
}

/**
 * Returns what the steps of a field (`split`, `strip_prefix`, `regex`, `lower`, `map`) leave of a
 * value.
 * @param value value at a path of the token
 * @returns `undefined` if nothing of a string is left; a value that is neither a string nor a list
 *   unchanged
 */
export function workedValue(value: unknown, field: ClaimField): unknown {
  if (typeof value === 'string') return workedText(value, field);
  return Array.isArray(value) && worksOn(field) ? workedList(value, field) : value;
}

/**
 * Returns the value of a field before any step, with its path: the first path which holds a value,
 * else the first path that is present.
 * @returns `null` if no path is present
 */
export function readFirst(
  claims: Claims,
  paths: readonly string[],
): { readonly path: string; readonly value: unknown } | null {
  let empty = null;
  for (const path of paths) {
    const value = readClaim(claims, path);
    if (holdsAnything(value)) return { path, value };
    if (empty === null && value !== undefined) empty = { path, value };
  }
  return empty;
}

/**
 * Returns a string with its ASCII letters in lower case. Other letters stay: their lower case
 * depends on the language.
 */
export function inLowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Returns true if any path of a field is present in a token, even with an empty value. */
export function isFieldPresent(claims: Claims, field: ClaimField): boolean {
  return field.paths.some((path) => readClaim(claims, path) !== undefined);
}

/**
 * Returns true for a value that a field can take: neither absent nor `null` nor the empty string.
 */
export function holdsAnything(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

function worksOn({ split, stripPrefix, regex, lower, map }: ClaimField): boolean {
  return lower || [split, stripPrefix, regex, map].some((step) => step !== null);
}

function workedText(text: string, field: ClaimField): unknown {
  if (text === '') return text;
  return field.split === null ? worked(text, field) : workedList([text], field);
}

function workedList(values: readonly unknown[], field: ClaimField): readonly unknown[] {
  const { split } = field;
  return values.flatMap((value) => {
    if (typeof value !== 'string') return [value];
    const pieces = split === null ? [value] : value.split(split).filter((piece) => piece !== '');
    return pieces.map((piece) => worked(piece, field)).filter((piece) => piece !== undefined);
  });
}

/** Passes one string through every step but `split`; `undefined` if a step leaves nothing of it. */
function worked(text: string, field: ClaimField): string | undefined {
  const { stripPrefix, regex, lower, map } = field;
  let value: string | undefined = text;
  if (stripPrefix !== null && text.startsWith(stripPrefix)) value = text.slice(stripPrefix.length);
  if (regex !== null) value = firstMatch(regex, value);
  if (lower && value !== undefined) value = inLowerCase(value);
  // Own members alone: a text such as "constructor" must not find what every object has.
  if (map !== null && value !== undefined)
    value = Object.hasOwn(map, value) ? map[value] : undefined;
  return value;
}

function firstMatch(pattern: string, text: string): string | undefined {
  const matcher = compiled(pattern).matcher(text);
  if (!matcher.find()) return undefined;
  return (matcher.groupCount() > 0 ? matcher.group(1) : matcher.group()) ?? undefined;
}
