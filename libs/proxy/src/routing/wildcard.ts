/**
 * What each `*` of a pattern stands for in a name, or `null` when the pattern does not cover the whole
 * name. Every star takes as little as it can, from left to right, so there is no backtracking.
 * @param pattern text with stars, for example `openai/*`
 * @param name the name asked for
 */
export function captureWildcards(pattern: string, name: string): readonly string[] | null {
  const pieces = pattern.split('*');
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  if (pieces.length === 1) return pattern === name ? [] : null;
  const isFramed = name.startsWith(first) && name.endsWith(last);
  if (!isFramed || name.length < first.length + last.length) return null;
  return captureBetween(pieces.slice(1, -1), name.slice(first.length, name.length - last.length));
}

/**
 * A target with its stars replaced in order; a target without stars is returned as it is.
 * @param target for example `*` or `prefix-*`
 * @param captured what the stars of the public name stood for
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
