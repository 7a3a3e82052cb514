/**
 * Returns what each `*` of a pattern stands for in a text; `null` if the pattern does not cover the
 * whole text. A `*` matches any string, also an empty one and one with slashes, and takes as little
 * as it can; every other character is literal. The literal parts are searched once, from left to
 * right, so there is no backtracking (threat A13). Nothing is compiled: a list of models is compared
 * with every call, and that takes a third of the time of a compiled RE2 pattern.
 */
export function captureWildcards(pattern: string, text: string): readonly string[] | null {
  const pieces = pattern.split('*');
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  if (pieces.length === 1) return pattern === text ? [] : null;
  const isFramed = text.startsWith(first) && text.endsWith(last);
  if (!isFramed || text.length < first.length + last.length) return null;
  return captureBetween(pieces.slice(1, -1), text.slice(first.length, text.length - last.length));
}

/** Tells whether a pattern covers the whole of a text, as {@link captureWildcards} reads it. */
export function matchesWildcard(pattern: string, text: string): boolean {
  return captureWildcards(pattern, text) !== null;
}

/**
 * Returns a target with its stars replaced in order; a target without stars as it is.
 * @param target for example `*` or `prefix-*`
 * @param captured from {@link captureWildcards}
 */
export function fillWildcards(target: string, captured: readonly string[]): string {
  let index = 0;
  return target.replaceAll('*', (star) => captured[index++] ?? star);
}

function captureBetween(pieces: readonly string[], text: string): readonly string[] | null {
  const captured: string[] = [];
  let position = 0;
  for (const piece of pieces) {
    const found = text.indexOf(piece, position);
    if (found === -1) return null;
    captured.push(text.slice(position, found));
    position = found + piece.length;
  }
  captured.push(text.slice(position));
  return captured;
}
