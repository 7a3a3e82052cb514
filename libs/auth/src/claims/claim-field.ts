import { RE2JS } from 're2js';
import type { ClaimField } from '#libs/config';
import { readClaim } from '../matching/claim-path.js';

type Claims = Readonly<Record<string, unknown>>;

const MAX_REMEMBERED = 1_000;
const patterns = new Map<string, RE2JS>();

/**
 * The value that a field finds in a token. That of the first path which holds anything; `null` and the empty text are
 * nothing, yet they count where no other path holds more. Texts, those of a list included, are then worked over in the
 * order `split`, `strip_prefix`, `regex`, `lower`, `map`; what is no text stays as it is.
 * @param field which paths, and what is done with what they hold
 * @returns `undefined` where no path is present, or nothing of a text is left
 */
export function readField(claims: Claims, field: ClaimField): unknown {
  return workedValue(readFirst(claims, field.paths)?.value, field);
}

/**
 * Returns what the steps of a field (`split`, `strip_prefix`, `regex`, `lower`, `map`) leave of a value.
 * @param value what was found at a path
 * @returns `undefined` where nothing of a text is left; a value that is neither text nor list unchanged
 */
export function workedValue(value: unknown, field: ClaimField): unknown {
  if (typeof value === 'string') return workedText(value, field);
  return Array.isArray(value) && worksOn(field) ? workedList(value, field) : value;
}

/**
 * What a field reads before anything is done with it, and where: the first path which holds anything, else the first
 * that is present.
 * @returns `null` where none is present
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

/** A text with its ASCII letters in lower case; others have none that all agree on. */
export function inLowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Tells whether any path of a field is present in a token, whatever it holds. */
export function isFieldPresent(claims: Claims, field: ClaimField): boolean {
  return field.paths.some((path) => readClaim(claims, path) !== undefined);
}

/**
 * Tells whether a value holds something that a field can take.
 * @param value what stands at a path
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

/** One text through every step but `split`; `undefined` where a step leaves nothing of it. */
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

/** Patterns come from the configuration, where they were compiled once already. */
function compiled(pattern: string): RE2JS {
  const known = patterns.get(pattern);
  if (known !== undefined) return known;
  const made = RE2JS.compile(pattern);
  if (patterns.size < MAX_REMEMBERED) patterns.set(pattern, made);
  return made;
}
