import { distance } from 'fastest-levenshtein';

const LONGEST_COMPARED = 64;

/**
 * The known name that a misspelt one most likely means; `null` when none is near. Case, hyphens and
 * underscores do not count, and about one slip per four characters is forgiven.
 * @param known names to choose from
 */
export function nearName(name: string, known: Iterable<string>): string | null {
  if (name.length > LONGEST_COMPARED) return null;
  const wanted = plain(name);
  let best: { readonly name: string; readonly slips: number } | null = null;
  for (const candidate of known) {
    const target = plain(candidate);
    const forgiven = Math.max(1, Math.floor(Math.min(wanted.length, target.length) / 4));
    // The distance is at least the difference in length; most candidates end here, unmeasured.
    if (Math.abs(wanted.length - target.length) > forgiven) continue;
    const slips = slipsBetween(wanted, target);
    if (slips <= forgiven && (best === null || slips < best.slips))
      best = { name: candidate, slips };
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

/** Edit distance in which two swapped neighbours count as one slip: to undo a swap saves two edits. */
function slipsBetween(written: string, target: string): number {
  let [text, edits, swaps] = [written, distance(written, target), 0];
  if (sortedLetters(written) === sortedLetters(target)) return Math.ceil(edits / 2);
  for (let index = 1; index < text.length && edits > 1; index++) {
    const pair = `${text.charAt(index)}${text.charAt(index - 1)}`;
    const swapped = `${text.slice(0, index - 1)}${pair}${text.slice(index + 1)}`;
    if (distance(swapped, target) > edits - 2) continue;
    [text, edits, swaps] = [swapped, edits - 2, swaps + 1];
  }
  return edits + swaps;
}

function sortedLetters(name: string): string {
  return Array.from(name).sort().join('');
}
