import { memoizeByString } from '#libs/common';

/** One place of a pattern: any text, any one character, or one character out of (or not out of) a set. */
type Place = '*' | '?' | { readonly isNegated: boolean; readonly set: string };

/** Which characters of a pattern have a special meaning. */
type Syntax = 'shell' | 'plain';

const shellPattern = memoizeByString((pattern) => parse(pattern, 'shell'));
const plainPattern = memoizeByString((pattern) => parse(pattern, 'plain'));

/**
 * Returns true if a shell pattern matches a whole string, case-sensitively: `*` any characters, `?`
 * one character, `[abc]`, `[a-c]` and `[!abc]` one character. The number of steps is at most the
 * length of the pattern times the length of the string.
 * @param pattern from the configuration, never from a token
 */
export function matchesGlob(pattern: string, text: string): boolean {
  return matches(shellPattern(pattern), text);
}

/**
 * As {@link matchesGlob}, with `*` and `?` alone: brackets, which addresses contain, are literal.
 * @param pattern from the configuration, never from a token
 */
export function matchesPlainGlob(pattern: string, text: string): boolean {
  return matches(plainPattern(pattern), text);
}

function matches(places: readonly Place[], text: string): boolean {
  const characters = Array.from(text);
  let at = 0;
  let place = 0;
  let star = -1;
  let resume = 0;
  while (at < characters.length) {
    const current = places[place];
    if (current === '*') {
      star = place;
      resume = at;
      place += 1;
    } else if (current !== undefined && isHit(current, characters[at] ?? '')) {
      at += 1;
      place += 1;
    } else if (star >= 0) {
      // Only the last star is ever tried again, which keeps the work bounded.
      resume += 1;
      at = resume;
      place = star + 1;
    } else return false;
  }
  return places.slice(place).every((rest) => rest === '*');
}

function isHit(place: Exclude<Place, '*'>, character: string): boolean {
  return place === '?' || place.set.includes(character) !== place.isNegated;
}

function parse(pattern: string, syntax: Syntax): readonly Place[] {
  const places: Place[] = [];
  const characters = Array.from(pattern);
  for (let index = 0; index < characters.length; index += 1) {
    const character = characters[index] ?? '';
    const end = character === '[' && syntax === 'shell' ? endOfSet(characters, index) : -1;
    if (character === '*' || character === '?') places.push(character);
    else if (end < 0) places.push({ isNegated: false, set: character });
    else {
      places.push(setOf(characters.slice(index + 1, end)));
      index = end;
    }
  }
  return places;
}

/** A `]` that comes first is a member of the set; without an end the bracket is a character like any other. */
function endOfSet(characters: readonly string[], start: number): number {
  const first = characters[start + 1] === '!' ? start + 2 : start + 1;
  return characters.indexOf(']', first + 1);
}

function setOf(members: readonly string[]): Place {
  const isNegated = members[0] === '!';
  const listed = isNegated ? members.slice(1) : members;
  let set = '';
  for (let index = 0; index < listed.length; index += 1) {
    const first = listed[index] ?? '';
    const last = listed[index + 1] === '-' ? listed[index + 2] : undefined;
    set += last === undefined ? first : range(first, last);
    if (last !== undefined) index += 2;
  }
  return { isNegated, set };
}

function range(first: string, last: string): string {
  const [from = 0, to = 0] = [first.codePointAt(0), last.codePointAt(0)];
  // A range of more than the ASCII letters is a slip; bounding it keeps a pattern from filling the memory.
  const length = Math.min(Math.max(to - from + 1, 0), 128);
  return Array.from({ length }, (_, index) => String.fromCodePoint(from + index)).join('');
}
