/** A response that a page shows. */
type Shown =
  string | number | boolean | null | readonly Shown[] | { readonly [name: string]: Shown };

const ELLIPSIS = '…';

/**
 * Returns every JSON object that a script printed on a line of its own, in their order.
 * @param output what the script printed
 */
export function documentsOf(output: string): readonly unknown[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line): unknown => JSON.parse(line));
}

/**
 * Returns the statuses that a script printed on lines of their own (`curl -w '\n%{http_code}\n'`), in their order.
 * @param output what the script printed
 */
export function statusesOf(output: string): readonly number[] {
  return [...output.matchAll(/^[1-5]\d\d$/gm)].map(([status]) => Number(status));
}

/**
 * Returns what Jest compares a real response with, so that the JSON of a page holds of it: each member and each element
 * that is shown must be there, in any number of others. `…` as a value is any value, and as a name shows nothing.
 * @param json the JSON of the page
 */
export function shownPart(json: string): unknown {
  return partOf(JSON.parse(json) as Shown);
}

function partOf(shown: Shown): unknown {
  if (shown === ELLIPSIS) return expect.anything();
  if (shown === null || typeof shown !== 'object') return shown;
  if (isList(shown)) return expect.arrayContaining(shown.map(partOf));
  const members = Object.entries(shown).filter(([name]) => name !== ELLIPSIS);
  return expect.objectContaining(
    Object.fromEntries(members.map(([name, value]) => [name, partOf(value)])),
  );
}

function isList(shown: object): shown is readonly Shown[] {
  return Array.isArray(shown);
}
