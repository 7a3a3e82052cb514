const LONGEST_COMPARED = 64;

/**
 * The known name that a misspelt one most likely means; `null` when none is near. Case, hyphens and
 * underscores do not count, and about one slip per four characters is forgiven.
 * @param known names to choose from
 */
export function nearName(name: string, known: Iterable<string>): string | null {
  if (name.length > LONGEST_COMPARED) return null;
  const wanted = plain(name);
  let best: { readonly name: string; readonly distance: number } | null = null;
  for (const candidate of known) {
    const target = plain(candidate);
    const forgiven = Math.max(1, Math.floor(Math.min(wanted.length, target.length) / 4));
    // The distance is at least the difference in length; most candidates end here, unmeasured.
    if (Math.abs(wanted.length - target.length) > forgiven) continue;
    const distance = editDistance(wanted, target);
    if (distance <= forgiven && (best === null || distance < best.distance))
      best = { name: candidate, distance };
  }
  return best?.name ?? null;
}

/**
 * A sentence that suggests the nearest known name, or lists them all when none is near.
 * @param known names to choose from
 */
export function suggestName(name: string, known: readonly string[]): string {
  const near = nearName(name, known);
  return near === null ? `Use one of: ${known.join(', ')}.` : `Did you mean "${near}"?`;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_ ]/g, '');
}

/** Optimal string alignment: insertions, deletions, substitutions and swapped neighbours count one each. */
function editDistance(left: string, right: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const cost = left[row - 1] === right[column - 1] ? 0 : 1;
      const candidates = [
        at(previous, column) + 1,
        at(current, column - 1) + 1,
        at(previous, column - 1) + cost,
      ];
      const isSwap = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (row > 1 && column > 1 && isSwap) candidates.push(at(before, column - 2) + 1);
      current.push(Math.min(...candidates));
    }
    before = previous;
    previous = current;
  }
  return at(previous, right.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
